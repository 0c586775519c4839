namespace Octomil.Federations;

/// <summary>The members of a federation: a header and one aligned line each.</summary>
internal static class MemberText
{
    public static IEnumerable<string> Lines(FederationResponse federation, IReadOnlyList<FederationMemberResponse> members)
    {
        var table = TextTable.WithoutHeader(false, false, false, false);
        foreach (var member in members)
        {
            table.Add(member.OrgId, member.OrgName, member.Role, member.Status);
        }

        return table.Lines(indent: "  ").Prepend($"Members of {Printable.Text(federation.Name)} ({federation.Id}):");
    }
}
