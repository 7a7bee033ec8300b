package load

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// rusage is what the kernel says of this process by another way.
func rusage(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestProcessTimeIsThatOfRusage(t *testing.T) {
	before := rusage(t)
	got, err := processTime(os.Getpid())
	after := rusage(t)
	if err != nil || got < before-time.Millisecond || got > after+time.Millisecond {
		t.Errorf("%v, want %v to %v; %v", got, before, after, err)
	}
	// System calls count too.
	for rusage(t) < after+30*time.Millisecond {
		os.Getppid()
	}
	before = rusage(t)
	got, err = processTime(os.Getpid())
	if after = rusage(t); err != nil || got < before-time.Millisecond || got > after+time.Millisecond {
		t.Errorf("%v, want %v to %v; %v", got, before, after, err)
	}
}

func TestAProcessThatIsGoneHasNoUsage(t *testing.T) {
	const nobody = 1 << 22 // beyond pid_max
	if _, err := processTime(nobody); err == nil {
		t.Error("it has computed")
	}
	if _, err := resident(nobody); err == nil {
		t.Error("it has memory")
	}
	if _, err := takeUsage(nobody); err == nil {
		t.Error("it has a usage")
	}
}

func TestResidentGrowsWithWhatIsUsed(t *testing.T) {
	const size = 64 << 20
	before, err := resident(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	p, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(p)
	for i := 0; i < size; i += 4096 {
		p[i] = 1
	}
	after, err := resident(os.Getpid())
	if err != nil || after-before < size*3/4 || after-before > size*3/2 {
		t.Errorf("%d octets before, %d after, %v", before, after, err)
	}
}

func TestOthersAreWhatIsLeft(t *testing.T) {
	before := usage{at: time.Unix(0, 0)}
	after := usage{at: time.Unix(10, 0), own: time.Second, responder: 2 * time.Second, machine: 3 * time.Second}
	if got := after.others(before); got != 0 {
		t.Errorf("nobody else: %v", got)
	}
	after.machine = 1000 * time.Hour
	if got := after.others(before); got != 1 {
		t.Errorf("all: %v", got)
	}
	if got := before.others(before); got != 0 {
		t.Errorf("in no time: %v", got)
	}
	busy, err := machineTime()
	if own := rusage(t); err != nil || busy < own {
		t.Errorf("the machine computed %v, we %v; %v", busy, own, err)
	}
}
