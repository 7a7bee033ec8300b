package ipseckey

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal gives both ends of a pseudo terminal: that of the person and that of the program.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	t.Cleanup(func() { person.Close() })
	raw, err := person.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	raw.Control(func(fd uintptr) {
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// A screen collects what a terminal shows.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (s *screen) watch(f *os.File) {
	buffer := make([]byte, 4096)
	for {
		n, err := f.Read(buffer)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.text.Write(buffer[:n])
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
	}
}

// await waits until the screen shows a pattern, and forgets what is before its end.
func (s *screen) await(t *testing.T, pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	patience := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		text := s.text.String()
		if at := re.FindStringIndex(text); at != nil {
			s.text.Reset()
			s.text.WriteString(text[at[1]:])
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		select {
		case <-s.more:
		case <-patience:
			t.Fatalf("the screen never shows %q:\n%q", pattern, text)
		}
	}
}

func TestTerminalEditsAndRemembers(t *testing.T) {
	person, program := openTerminal(t)
	s := &screen{more: make(chan struct{}, 1)}
	go s.watch(person)
	e := newEngine(t, nil)
	p := New(Config{In: program, Out: program, Err: program, Engine: e, Names: noNames{}})
	done := make(chan int, 1)
	go func() { done <- p.Session() }()
	said := func(text string) { person.WriteString(text) }

	s.await(t, "ipseckey> $")
	said("flusj\x7fh\r") // a letter wiped out
	s.await(t, "ipseckey> $")
	said("dumq\x7fp\r")
	s.await(t, "Dump succeeded for SA type 0.\r\n")
	s.await(t, "ipseckey> $")
	said("\x1b[A esp\r") // the line before, and more
	s.await(t, "Dump succeeded for SA type 3.\r\n")
	s.await(t, "ipseckey> $")
	said("umdp\x1b[D\x1b[D\x1b[D\x1b[D\x1b[3~\x1b[3~d\x1b[Cu\x01\x0b") // arrows, and all wiped out again
	said("help\r")
	s.await(t, "(?s)Commands:\r\n.*exit, quit")
	s.await(t, "ipseckey> $")

	// Pasted: a command of several lines, and another behind it.
	said("add ah spi 0x777 dst 10.0.0.2\r    auth_alg md5\r\tauthkey " + md5Key + "\rget ah spi 0x777 dst 10.0.0.2\r")
	s.await(t, "AKY: "+md5Key+"/128\r\n")
	s.await(t, "ipseckey> $")
	said("bogus\r")
	s.await(t, `Unknown command \(bogus\)`)
	s.await(t, "ipseckey> $")
	said("\x04") // Control-D
	select {
	case status := <-done:
		if status != StatusOK {
			t.Errorf("status %d", status)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the session does not end")
	}
	if list, _ := e.db.SAs(); len(list) != 1 || list[0].SPI != 0x777 {
		t.Errorf("SAs are %v", list)
	}
}
