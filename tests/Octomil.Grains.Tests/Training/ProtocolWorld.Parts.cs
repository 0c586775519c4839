using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What is in the world beside the row: who believes what of it, and what is under way.</summary>
internal sealed partial class ProtocolWorld
{
    private sealed class Activation
    {
        public RoundState? State { get; set; }

        public int Etag { get; set; }
    }

    private sealed record Message(Fold Fold, FoldRegistration Registration);

    private sealed class Fold(string id)
    {
        public string Id => id;

        public int[] Sums { get; set; } = new int[Devices];

        public long Sequence { get; set; }

        public ImmutableArray<BucketCheckpoint> Registered { get; set; } = [];

        public List<string> Superseded { get; set; } = [];

        public HashSet<int> Gathering { get; } = [];

        public List<int> Batch { get; set; } = [];

        public Message? Pending { get; set; }

        public bool IsClosed { get; set; }

        public bool Knows(int device) => IsClosed || Gathering.Contains(device) || Batch.Contains(device);
    }
}
