package load

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// processTime is what a process has computed so far, all its threads, in the kernel and out of it: the CPU clock of
// any process can be read, to the nanosecond (clock_getcpuclockid(3)).
func processTime(pid int) (time.Duration, error) {
	const scheduler = 2 // CPUCLOCK_SCHED of linux/posix-timers.h
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduler), &ts); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// resident is the memory of a process that is in RAM, in octets.
func resident(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0, fmt.Errorf("memory of process %d: %q is no statm", pid, b)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// machineTime is what all processors have computed so far, for everybody.
func machineTime() (time.Duration, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 wherever Go runs
	busy := time.Duration(0)
	for i, f := range fields[1:9] { // user nice system idle iowait irq softirq steal
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		if i != 3 && i != 4 {
			busy += time.Duration(n) * tick
		}
	}
	return busy, nil
}

// A usage is the state of both processes and of the machine at one time.
type usage struct {
	at                      time.Time
	own, responder, machine time.Duration
	responderMemory         int64 // octets
}

func takeUsage(responder int) (u usage, err error) {
	u.at = time.Now()
	if u.own, err = processTime(os.Getpid()); err != nil {
		return u, err
	}
	if u.responder, err = processTime(responder); err != nil {
		return u, err
	}
	if u.machine, err = machineTime(); err != nil {
		return u, err
	}
	u.responderMemory, err = resident(responder)
	return u, err
}

// others is the part of the machine that neither process had between two times: 0 to 1.
func (u usage) others(before usage) float64 {
	all := u.at.Sub(before.at) * time.Duration(runtime.NumCPU())
	rest := (u.machine - before.machine) - (u.own - before.own) - (u.responder - before.responder)
	if all <= 0 {
		return 0
	}
	return min(max(float64(rest)/float64(all), 0), 1)
}
