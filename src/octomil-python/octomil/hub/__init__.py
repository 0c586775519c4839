"""The device hub: SignalR's JSON protocol over WebSocket or long polling, on the standard library."""
