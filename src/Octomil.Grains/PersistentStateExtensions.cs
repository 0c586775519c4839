namespace Octomil;

/// <summary>The only way to write grain state.</summary>
internal static class PersistentStateExtensions
{
    /// <summary>
    /// Saves <paramref name="next"/>; a state that did not change is not written. When the write fails the outcome in storage is
    /// unknown: memory keeps the old state, the activation ends, and the next call reads the row again.
    /// </summary>
    public static async Task SaveAsync<TState>(this IPersistentState<TState> store, TState next, IGrainBase grain)
        where TState : class
    {
        var previous = store.State;

        if (store.RecordExists && ReferenceEquals(previous, next))
        {
            return;
        }

        store.State = next;

        try
        {
            await store.WriteStateAsync();
        }
        catch
        {
            store.State = previous;
            grain.DeactivateOnIdle();
            throw;
        }
    }

    /// <summary>As <see cref="SaveAsync"/>, but never creates a row: a command to something that does not exist leaves nothing behind.</summary>
    public static Task SaveIfExistsAsync<TState>(this IPersistentState<TState> store, TState next, IGrainBase grain)
        where TState : class => store.RecordExists ? store.SaveAsync(next, grain) : Task.CompletedTask;

    /// <summary>As <see cref="SaveAsync"/>, but a command that changed nothing makes no row.</summary>
    public static Task SaveIfChangedAsync<TState>(this IPersistentState<TState> store, TState next, IGrainBase grain)
        where TState : class => ReferenceEquals(store.State, next) ? Task.CompletedTask : store.SaveAsync(next, grain);
}
