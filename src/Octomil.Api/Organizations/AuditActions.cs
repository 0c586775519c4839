using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Octomil.Organizations;

/// <summary>
/// Names what an endpoint does after its route, so that no endpoint can be forgotten: <c>POST /federations/{federation}/suspend</c> is
/// <c>federation.suspend</c>, <c>POST /models</c> is <c>model.create</c>, <c>DELETE /orgs/{org}/members/{member}</c> is
/// <c>org.member.remove</c>.
/// </summary>
internal static class AuditActions
{
    public static string Of(string method, RoutePattern pattern)
    {
        var literals = new List<string>();
        var endsWithName = false;
        foreach (var segment in pattern.PathSegments)
        {
            if (segment.IsSimple && segment.Parts[0] is RoutePatternLiteralPart literal)
            {
                literals.Add(literal.Content);
                endsWithName = false;
            }
            else
            {
                endsWithName = true;
            }
        }

        // The prefix of every path says nothing.
        literals.RemoveAll(part => part is "api" or "v1");
        var last = literals.Count - 1;
        var isVerb = !endsWithName && last > 0 && !IsPlural(literals[last]) && HttpMethods.IsPost(method);
        var action = new StringBuilder();
        for (var part = 0; part <= last; part++)
        {
            action.Append(part == 0 ? "" : ".").Append(isVerb && part == last ? literals[part] : Singular(literals[part]));
        }

        return isVerb ? action.ToString() : action.Append('.').Append(Verb(method)).ToString();
    }

    private static string Verb(string method) => method switch
    {
        _ when HttpMethods.IsPost(method) => "create",
        _ when HttpMethods.IsDelete(method) => "remove",
        _ => "change",
    };

    private static bool IsPlural(string word) => word.EndsWith('s');

    private static string Singular(string word) => IsPlural(word) ? word[..^1] : word;
}
