using Octomil.Server;

return await OctomilServer.RunAsync(args);
