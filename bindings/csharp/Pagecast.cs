// Read pagecast regions of this machine, by libpagecast: consistent snapshots, waits, and whether the writer lives.
//
// `pagecast layout gen --lang csharp` writes the struct. Everything else is documented in <pagecast/reader.h>. Compile with
// /unsafe; .NET and Mono find libpagecast.so or libpagecast.dll where they look for native libraries.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Pagecast
{
    /// What a reader knows of a region's writer.
    public enum Liveness { Absent, Starting, Live, Stale, Dead, Closed, Retired, Legacy, Unreachable }

    /// What ended a wait.
    [Flags]
    public enum Events { None = 0, Data = 1, State = 2, Dead = 4 }

    /// What a snapshot found, in the same consistent moment as the bytes.
    [StructLayout(LayoutKind.Sequential)]
    public struct Info
    {
        public ulong Tick;         // number of the commit
        public ulong CommitUnixNs; // wall clock of the writer at that commit; 0: never written
        public ulong AgeNs;        // since that commit, by this machine's monotonic clock
        public uint Epoch;         // writers attached so far
        public uint PayloadFlags;  // 1 source stale, 2 recovered, 4 torn, 8 mirror stale
        public uint Attempts;      // copies made
        public uint FromSlot;      // 1: taken from a slot
    }

    /// What libpagecast refused. Status is its name in <pagecast/status.h>: "PC_EABSENT", "PC_EAGAIN", ...
    public sealed class PagecastException : Exception
    {
        public readonly string Status;

        internal PagecastException(int status, string text)
            : base(string.IsNullOrEmpty(text) ? Native.Text(Native.pc_status_text(status)) : text)
        {
            Status = Native.Text(Native.pc_status_name(status));
        }
    }

    static unsafe class Native
    {
        public const int ErrBytes = 256, TimedOut = -13;

        [DllImport("pagecast")] public static extern IntPtr pc_status_name(int status);
        [DllImport("pagecast")] public static extern IntPtr pc_status_text(int status);
        [DllImport("pagecast")] public static extern int pc_reader_open(byte[] name, IntPtr options, out IntPtr reader, byte* err);
        [DllImport("pagecast")] public static extern int pc_reader_open_wait(byte[] name, IntPtr options, int ms, out IntPtr reader, byte* err);
        [DllImport("pagecast")] public static extern void pc_reader_close(ref IntPtr reader);
        [DllImport("pagecast")] public static extern int pc_reader_reopen(IntPtr reader, byte* err);
        [DllImport("pagecast")] public static extern ulong pc_reader_payload_bytes(IntPtr reader);
        [DllImport("pagecast")] public static extern int pc_reader_read(IntPtr reader, ulong offset, void* to, UIntPtr bytes, out Info info);
        [DllImport("pagecast")] public static extern int pc_reader_wait(IntPtr reader, int ms, out uint events);
        [DllImport("pagecast")] public static extern int pc_reader_liveness(IntPtr reader);

        public static string Text(IntPtr text) { return Text((byte*)text); }

        public static string Text(byte* text)
        {
            int bytes = 0;
            while (text[bytes] != 0) bytes++;
            byte[] copy = new byte[bytes];
            for (int i = 0; i < bytes; i++) copy[i] = text[i];
            return Encoding.UTF8.GetString(copy);
        }

        public static void Check(int status, byte* err = null)
        {
            if (status != 0) throw new PagecastException(status, err == null ? null : Text(err));
        }
    }

    /// An attached region; one thread at a time.
    public sealed unsafe class Reader : IDisposable
    {
        IntPtr reader;

        /// Attach to a region by name, waiting for it for so many ms; less than 0: for ever.
        /// Throws: PC_EABSENT, PC_ENOTREADY, PC_ETIMEDOUT, PC_EUNTRUSTED, PC_EPERM, PC_EVERSION, PC_ECORRUPT, PC_EINVAL.
        public Reader(string name, int waitMs = 0)
        {
            byte* err = stackalloc byte[Native.ErrBytes];
            if (name.IndexOf('\0') >= 0) throw new ArgumentException("a name has no NUL in it", "name");
            byte[] utf8 = Encoding.UTF8.GetBytes(name + "\0");
            err[0] = 0;
            Native.Check(waitMs == 0 ? Native.pc_reader_open(utf8, IntPtr.Zero, out reader, err)
                                     : Native.pc_reader_open_wait(utf8, IntPtr.Zero, waitMs, out reader, err), err);
        }

        /// Detach; also done when nobody has the object any more.
        public void Dispose()
        {
            Native.pc_reader_close(ref reader);
            GC.SuppressFinalize(this);
        }

        ~Reader() { Native.pc_reader_close(ref reader); }

        IntPtr Open
        {
            get
            {
                if (reader == IntPtr.Zero) throw new ObjectDisposedException("Reader");
                return reader;
            }
        }

        /// Follow the name to the object it now stands for, after Retired, Closed or PC_ESTALE.
        public void Reopen()
        {
            byte* err = stackalloc byte[Native.ErrBytes];
            err[0] = 0;
            Native.Check(Native.pc_reader_reopen(Open, err), err);
        }

        public ulong PayloadBytes { get { return Native.pc_reader_payload_bytes(Open); } }

        /// One consistent snapshot of the region's first bytes into a struct: Read(&value, sizeof(T)).
        /// Throws: PC_EINVAL the region is smaller; PC_EAGAIN every try met a write; PC_ESTALE retired.
        public Info Read(void* to, int bytes)
        {
            Info info;
            if (bytes < 0) throw new ArgumentOutOfRangeException("bytes");
            Native.Check(Native.pc_reader_read(Open, 0, to, (UIntPtr)(uint)bytes, out info));
            return info;
        }

        /// Sleep until the region changes; None: the time was over.
        public Events Wait(int ms)
        {
            uint events;
            int status = Native.pc_reader_wait(Open, ms, out events);
            if (status == Native.TimedOut) return Events.None;
            Native.Check(status);
            return (Events)events;
        }

        /// Now: a few loads and one clock.
        public Liveness Liveness { get { return (Liveness)Native.pc_reader_liveness(Open); } }
    }
}
