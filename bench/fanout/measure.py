"""One job: start a server, let the load client at it, take its figures."""
import json
import statistics
import subprocess
import sys
import time

from servers import LOAD_CPU, SERVER_CPU, SERVERS


def run_json(command, timeout=90):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return json.loads(done.stdout)


def load(server, job, build):
    cell = job.cell
    # The bridge conflates, so its writer need not wait for anybody: it commits at the highest rate there is.
    hz = cell.hz or (1000 if server.dialect == "pagecast" else 0)
    command = ["taskset", "-c", LOAD_CPU, build / "bin/fan_load", server.dialect, server.port, cell.viewers + cell.stall, job.seconds,
               "--pid", server.process.pid, "--bytes", cell.bytes, "--regions", cell.regions, "--due", cell.due, "--hz", hz,
               "--change", cell.change, "--stall", cell.stall, *(["--tls"] if cell.tls else []), *job.more]
    # As fast as it goes: who sends to a client that sleeps pays for waking it, with two processors and much. At fixed rates it sleeps.
    if not cell.hz and job.what == "saturated" and not job.sleeps and SERVER_CPU != LOAD_CPU:
        command.append("--spin")
    if server.publish and cell.due:
        command += ["--publish", server.publish]
    found = run_json(command)
    for what in ("frames", "updates", "bytes"):
        found[what + "_s"] = found[what] / found["seconds"]
    found["cpu"] = found["cpu_s"] / found["seconds"]
    found["us_update"] = 1e6 * found["cpu_s"] / max(1, found["updates"])
    found["us_frame"] = 1e6 * found["cpu_s"] / max(1, found["frames"])
    return found


def one(job, args):
    """Figures of a job, all numbers."""
    if job.server in ("tcp", "relay"):
        found = run_json([args.build / "bin/fan_rtt", SERVER_CPU, LOAD_CPU, job.cell.bytes, job.cell.hz, job.seconds,
                          *(["relay"] if job.server == "relay" else [])])
        return {"half_ms": found["p50_us"] / 2000, "p50_ms": found["p50_us"] / 1000, "p99_ms": found["p99_us"] / 1000}
    with SERVERS[job.server](args, job.cell) as server:
        time.sleep(job.settle)
        return load(server, job, args.build)


def measure(jobs, args):
    """({(what, cell, server): {figure: median}}, jobs that were not reached, how many rounds were whole).

    Each round goes through all jobs, so that what disturbs meets all servers alike; rounds end with the budget."""
    runs, start, whole, late = {}, time.monotonic(), 0, False
    for turn in range(max(j.rounds for j in jobs)):
        for job in jobs:
            if job.rounds <= turn:
                continue
            late = bool(args.budget) and time.monotonic() - start > args.budget
            if late:
                break
            key = (job.what, job.cell, job.server)
            try:
                runs.setdefault(key, []).append(one(job, args))
            except (RuntimeError, OSError, subprocess.TimeoutExpired, ValueError) as e:
                print(f"{job.server} at {job.what}, {job.cell}: {e}", file=sys.stderr)
                continue
            tell(turn, job, runs[key][-1], time.monotonic() - start)
        if late:
            break
        whole += 1
    medians = {key: {f: statistics.median(r[f] for r in all_) for f in all_[0]} for key, all_ in runs.items() if all_}
    missed = sorted({j.what for j in jobs if not runs.get((j.what, j.cell, j.server))})
    return medians, missed, whole


def tell(turn, job, got, at_s):
    c = job.cell
    text = f"{at_s:4.0f} s, round {turn + 1}: {job.what:9} {c.viewers:5} x {c.bytes:5} B x {c.due:2} @ {c.hz:4} {job.server:10}"
    if "frames_s" in got:
        text += f"{got['frames_s']:9.0f} frames/s {got['updates_s']:9.0f} updates/s {got['us_update']:7.2f} us each"
    print(f"{text} age {got['p50_ms']:.2f}/{got['p99_ms']:.2f} ms", file=sys.stderr, flush=True)
