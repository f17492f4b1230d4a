// The tutorial's client in C#: whole commits only, asleep until there is one, and it says whether the writer lives.
//
//     mcs -unsafe Follow.cs Pagecast.cs fork_server.cs && mono Follow.exe [NAME]
//
// fork_server.cs is by `pagecast layout gen config/demo.yaml fork_server --lang csharp`.
using System;
using System.Globalization;
using System.Text;
using Pagecast;

static unsafe class Follow
{
    static string Text(byte* bytes, int room)
    {
        int n = 0;
        byte[] copy = new byte[room];
        for (; n < room && bytes[n] != 0; n++) copy[n] = bytes[n];
        return Encoding.UTF8.GetString(copy, 0, n);
    }

    static void Print(fork_server s, Info info)
    {
        Console.WriteLine(string.Format(CultureInfo.InvariantCulture, "#{0} a={1} b={2} c={3} buffer={4}", info.Tick,
                                        s.a != 0 ? "true" : "false", s.b, s.c, Text(s.buffer, 10)));
    }

    static void Run(Reader region)
    {
        Liveness was = Liveness.Absent;
        ulong seen = ulong.MaxValue;
        for (;;)
        {
            Liveness now = region.Liveness;
            if (now != was) Console.WriteLine(now.ToString().ToLowerInvariant());
            was = now;
            try
            {
                fork_server s;
                Info info = region.Read(&s, sizeof(fork_server));
                if (info.Tick != seen) Print(s, info);
                seen = info.Tick;
                // A writer that said goodbye may come back in another object.
                if (now == Liveness.Closed || now == Liveness.Retired) region.Reopen();
            }
            catch (PagecastException e)
            {
                if (e.Status == "PC_EINVAL") throw; // else the next look
            }
            region.Wait(200);
        }
    }

    static int Main(string[] args)
    {
        string name = args.Length > 0 ? args[0] : fork_server_layout.Object;
        fork_server_layout.Verify();
        try
        {
            using (Reader region = new Reader(name, 5000)) Run(region);
            return 0;
        }
        catch (PagecastException e)
        {
            Console.Error.WriteLine(name + ": " + e.Message);
            return 1;
        }
    }
}
