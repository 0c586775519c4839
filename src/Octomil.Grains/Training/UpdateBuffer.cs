namespace Octomil.Training;

/// <summary>A rented buffer on its way through a fold. It leaves the receiving stage once: by being submitted or by being disposed.</summary>
internal sealed class UpdateBuffer(NativeBuffer<float> memory, string organization, BufferPool pool, Action leftReceiving) : IUpdateBuffer
{
    private int _receiving = 1;
    private int _rented = 1;

    public Memory<float> Values => memory.Memory;

    public void LeaveReceiving()
    {
        if (Interlocked.Exchange(ref _receiving, 0) == 1)
        {
            leftReceiving();
        }
    }

    public void Dispose()
    {
        LeaveReceiving();

        if (Interlocked.Exchange(ref _rented, 0) == 1)
        {
            pool.ReturnUpdate(organization, memory);
        }
    }
}
