using System.Net.Http.Json;
using System.Text;
using Octomil.Api.Tests.Fixtures;

namespace Octomil.Api.Tests.Isolation;

/// <summary>A line of the table: an operation, what each kind of caller is answered, and what they send.</summary>
internal sealed record IsolationRow(string Operation, IReadOnlyList<string> Answers, string Body)
{
    public static IReadOnlyList<IsolationRow> All { get; } = [.. IsolationTable.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith('#')).Select(Parse)];

    /// <summary>The place of an organization that is none of the owner's.</summary>
    public const int Stranger = 3;

    /// <summary>Nobody needs a key for it, and everybody is answered alike.</summary>
    public bool IsOpen => Answers.Count == 1;

    public string Method => Operation.Split(' ')[0];

    public override string ToString() => $"{Operation,-67} | {string.Join(" | ", Answers),-33} | {Body}".TrimEnd();

    /// <summary>The path and query with the scene's own ids or names in it, as somebody sends it who knows them.</summary>
    public string PathIn(IsolationScene scene, bool byName) => scene.Fill(Operation.Split(' ')[1] + (Body.StartsWith('?') ? Body : ""), byName);

    public async Task<HttpContent?> ContentAsync(IsolationScene scene, bool byName) => Body switch
    {
        "form" => new MultipartFormDataContent
        {
            { new StringContent("9.0.0"), "version" }, { ModelCalls.Bytes(await TestWeights.FileAsync(9)), "file", "weights.safetensors" },
        },
        "update" => ModelCalls.Bytes(await TestWeights.UpdateAsync(2)),
        "weights" => JsonContent.Create(new
        {
            model_id = scene.Fill("<model>", byName), device_id = scene.Fill("<device>", byName), round_id = scene["round"], sample_count = 1,
            weights_data = await TestWeights.FileAsync(1, name: "another_models"),
        }),
        ['{', ..] => new StringContent(scene.Fill(Body, byName), Encoding.UTF8, "application/json"),
        "" or ['?', ..] => null,
        _ => throw new InvalidOperationException($"The table's body '{Body}' is none of JSON, a query, form, update, weights or nothing."),
    };

    /// <summary>
    /// An answer as the table has it: the status, and the code of a refusal where it is not the usual one of that status. Whoever acts for one
    /// device alone is refused as a wrong device, everybody else as one who is not the owner.
    /// </summary>
    public static string Answer(int status, string? code, bool ofDevice)
    {
        var usual = status switch
        {
            400 => ErrorCodes.InvalidRequest,
            401 => ErrorCodes.Unauthorized,
            403 => ofDevice ? ErrorCodes.WrongDevice : ErrorCodes.NotOwner,
            404 => ErrorCodes.NotFound,
            _ => null,
        };
        return code is null || code == usual ? $"{status}" : $"{status} {code}";
    }

    private static IsolationRow Parse(string line)
    {
        var cells = line.Split('|', StringSplitOptions.TrimEntries);
        return cells.Length is 3 or 8
            ? new IsolationRow(cells[0], cells[1..^1], cells[^1])
            : throw new InvalidOperationException($"A line of the table has an operation, one answer or six, and a body: {line}");
    }
}
