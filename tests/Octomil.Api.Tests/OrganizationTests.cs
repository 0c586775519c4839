using System.Net;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class OrganizationTests(ApiServer server)
{
    [Fact]
    public async Task Create_OfANewName_GivesAKeyOfAllAdministratorsScopes()
    {
        var created = (await server.Operator.PostAsync("/organizations", new { name = "Acme Health" })).Ok();

        Assert.Matches("^org_[0-9a-f]{8}$", created.Text("id"));
        Assert.Matches("^edg_live_[0-9A-Za-z]{32}$", created.Text("api_key"));
        var current = (await server.As(created.Text("api_key")).GetAsync("/organizations/current")).Ok();
        Assert.Equal(created.Text("id"), current.Text("id"));
        Assert.Equal("Acme Health", current.Text("name"));
        Assert.Equal(Scopes.OfAnAdministrator.Order(StringComparer.Ordinal), current.List("scopes").Select(scope => scope.GetString()!));
    }

    [Theory]
    [InlineData("Twice General")]
    [InlineData("TWICE GENERAL")]
    public async Task Create_OfANameThatExists_IsAConflict(string again)
    {
        // Whichever case runs first creates it.
        await server.Operator.PostAsync("/organizations", new { name = "Twice General" });

        (await server.Operator.PostAsync("/organizations", new { name = again })).Refused(409, ErrorCodes.NameTaken);
    }

    [Fact]
    public async Task Create_OfTheFirstOrganizationsName_IsAConflict() =>
        (await server.Operator.PostAsync("/organizations", new { name = "First organization" })).Refused(409, ErrorCodes.NameTaken);

    [Fact]
    public async Task Create_OfOneNameAtTheSameTime_SucceedsOnce()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.Operator.PostAsync("/organizations", new { name = "All at once" })));

        Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
        Assert.Equal(5, answers.Count(answer => answer.Status is HttpStatusCode.Conflict));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("two\nlines")]
    public async Task Create_OfABadName_Is400(string name) =>
        (await server.Operator.PostAsync("/organizations", new { name })).RefusedFor("name");

    [Fact]
    public async Task Create_WithoutAName_Is400AndNamesTheField() =>
        Assert.Equal("name", (await server.Operator.PostAsync("/organizations", new { })).Refused(400, ErrorCodes.InvalidRequest).Text("field"));

    [Fact]
    public async Task Create_ByAnAdministrator_Is403()
    {
        var admin = await server.OrganizationAsync("No operator");

        (await admin.PostAsync("/organizations", new { name = "Sub" })).Refused(403, ErrorCodes.MissingScope);
    }
}
