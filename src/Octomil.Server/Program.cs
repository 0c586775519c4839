using Octomil;
using Octomil.Server;
using Octomil.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.Configuration.AddOctomilEnvironment();
builder.Logging.AddOctomilConsole();
builder.Services.AddOctomilApi();
builder.Services.AddBootstrap();
builder.Host.UseOrleans(silo => silo
    .UseOctomilCluster()
    .AddOctomilStorage()
    .AddOctomilGrains());

var app = builder.Build();
app.UseOctomilApi();
app.MapOctomilApi();

try
{
    app.Services.OpenOctomilStorage();
}
catch (StorageUnavailableException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}

await app.RunAsync();
return 0;
