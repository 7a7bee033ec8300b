package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ikewit/impl/driver/pfkey"
	"ikewit/impl/ipseckey"
	"ikewit/impl/sadb"
	"ikewit/netns"
	"ikewit/netns/netnstest"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "ipsecd" {
		netnstest.Enter()
	}
	testscript.Main(m, map[string]func(){"ipsecd": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector's second at each end
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "serves": serves,
		},
	})
}

// exits runs a program and wants an exit status of it.
//
//	exits status program [arg ...]
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// serves waits until a socket is served, wants it to be its owner's alone, and puts an SA through it.
//
//	serves socket
func serves(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	var d *pfkey.Driver
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for range 1000 {
		var err error
		if d, err = pfkey.Open(path); err == nil {
			break
		}
		<-ticker.C
	}
	if d == nil {
		ts.Fatalf("nobody serves %s", path)
	}
	defer d.Close()
	info, err := os.Stat(path)
	ts.Check(err)
	if info.Mode().Perm() != 0o600 {
		ts.Fatalf("mode %v", info.Mode())
	}
	list, err := d.Policies()
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d policies\n", len(list))
	for _, p := range list {
		fmt.Fprintln(ts.Stdout(), p)
	}
}

func TestPolicies(t *testing.T) {
	for text, want := range map[string]string{
		"out 10.0.1.0/24 10.0.2.7 esp/transport":                  "out protect 10.0.1.0/24 -> 10.0.2.7 [esp/transport/0]",
		"in any any 6:0:22 bypass":                                "in bypass any -> any:22 proto 6 []",
		"fwd any 2001:db8::/32 17 discard":                        "fwd discard any -> 2001:db8::/32 proto 17 []",
		"out any any esp/tunnel/192.0.2.1-192.0.2.2 ah/transport": "out protect any -> any [esp/tunnel/192.0.2.1-192.0.2.2/0 ah/transport/0]",
		"out 2001:db8::1 any ah/tunnel/2001:db8::1-2001:db8::2":   "out protect 2001:db8::1 -> any [ah/tunnel/2001:db8::1-2001:db8::2/0]",
		"":                                    "a policy has DIRECTION",
		"out any any":                         "a policy has DIRECTION",
		"up any any bypass":                   `direction "up": must be in, out or fwd`,
		"out here any bypass":                 `"here" is no address`,
		"out any 10.0.0.0/33 bypass":          `"10.0.0.0/33" is no address`,
		"out any any 6:22 bypass":             `want PROTO or PROTO:SPORT:DPORT`,
		"out any any 256 bypass":              `"256" is no number of 8 bits`,
		"out any any 6:0:65536 bypass":        `"65536" is no number of 16 bits`,
		"out any any 6":                       "no template",
		"out any any gre/transport":           `"gre/transport": want esp/transport`,
		"out any any esp":                     `"esp": want esp/transport or esp/tunnel/SRC-DST`,
		"out any any esp/beet":                `want esp/transport or esp/tunnel/SRC-DST`,
		"out any any esp/tunnel/10.0.0.1":     `"10.0.0.1" is no SRC-DST`,
		"out any any esp/tunnel/10.0.0.1-x":   `is no SRC-DST`,
		"out any any esp/tunnel/10.0.0.1-::1": "one family",
		"out any any bypass esp/transport":    "no use for templates",
		"out 10.0.0.1 ::1 bypass":             "families differ",
	} {
		p, err := parsePolicy(text)
		got := p.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// A station is a host with an ipsecd in it, and ipseckey for it.
type station struct {
	t      *testing.T
	host   *netns.Host
	addr   netip.Addr
	socket string
}

// newStation starts ipsecd in a host, to protect UDP with another.
func newStation(t *testing.T, f *netns.Fabric, name, peer string) *station {
	t.Helper()
	s := &station{t: t, host: f.Host(name), addr: f.Topology.Addr(name, f.Topology.Wire), socket: filepath.Join(t.TempDir(), name)}
	other := f.Topology.Addr(peer, f.Topology.Wire)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := s.host.Command(context.Background(), program, "--socket", s.socket,
		"--policy", fmt.Sprintf("out %v %v 17 esp/transport", s.addr, other),
		"--policy", fmt.Sprintf("in %v %v 17 esp/transport", other, s.addr))
	c.Args[0] = "ipsecd"
	var said bytes.Buffer
	c.Stderr = &said
	ready, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 200)
	if n, err := ready.Read(line); err != nil || string(line[:n]) != "ipsecd: serving "+s.socket+"\n" {
		t.Fatalf("said %q, %v; %s", line[:n], err, said.String())
	}
	t.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil || said.Len() > 0 {
			t.Errorf("ipsecd of %s: %v; %s", name, err, said.String())
		}
	})
	return s
}

type noNames struct{}

func (noNames) Lookup(string) ([]ipseckey.Found, error) { return nil, ipseckey.ErrUnknownName }
func (noNames) Name(netip.Addr) string                  { return "" }

// key executes commands, and gives what they print.
func (s *station) key(commands string) string {
	s.t.Helper()
	e, err := ipseckey.Open("unix:" + s.socket)
	if err != nil {
		s.t.Fatal(err)
	}
	defer e.Close()
	var out, errs bytes.Buffer
	p := ipseckey.New(ipseckey.Config{Options: ipseckey.Options{Numeric: true}, Out: &out, Err: &errs, Engine: e, Names: noNames{}})
	path := filepath.Join(s.t.TempDir(), "commands")
	if err := os.WriteFile(path, []byte(commands), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if status := p.File(path); status != 0 || errs.Len() > 0 {
		s.t.Fatalf("status %d: %s", status, errs.String())
	}
	return out.String()
}

func (s *station) listen() *net.UDPConn {
	s.t.Helper()
	var c *net.UDPConn
	err := s.host.Do(func() (err error) {
		c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(s.addr, 7000)))
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// Two hosts, keyed by hand on both sides: a packet without SAs asks for them, with SAs it passes, protected, and the
// SAs say so.
func TestTwoHostsKeyedByHand(t *testing.T) {
	f := netnstest.Build(t, netnstest.Topology(t, "pair"), netns.Options{RunID: "ipsecd"})
	alice, bob := newStation(t, f, "alice", "bob"), newStation(t, f, "bob", "alice")
	a, b := alice.listen(), bob.listen()
	manager, err := pfkey.Open(alice.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	send := func() {
		t.Helper()
		if _, err := a.WriteToUDPAddrPort([]byte("hello"), netip.AddrPortFrom(bob.addr, 7000)); err != nil {
			t.Fatal(err)
		}
	}
	send()
	select {
	case e := <-manager.Events():
		if q, ok := e.(sadb.Acquire); !ok || q.Template.Proto != sadb.ESP || q.Packet.Dst != sadb.RangeOf(bob.addr) || q.Packet.DstPort != 7000 {
			t.Errorf("event %v", e)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody asks for an SA")
	}
	const keys = " encr_alg aes encrkey 00112233445566778899aabbccddeeff auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213\n"
	commands := fmt.Sprintf("add esp spi 0x1001 src %v dst %v", alice.addr, bob.addr) + keys +
		fmt.Sprintf("add esp spi 0x1002 src %v dst %v", bob.addr, alice.addr) + keys
	alice.key(commands)
	bob.key(commands)
	send()
	buffer := make([]byte, 100)
	b.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, from, err := b.ReadFromUDPAddrPort(buffer)
	if err != nil || string(buffer[:n]) != "hello" {
		t.Fatalf("bob received %q, %v", buffer[:n], err)
	}
	if _, err := b.WriteToUDPAddrPort([]byte("and you"), from); err != nil {
		t.Fatal(err)
	}
	a.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := a.Read(buffer); err != nil || string(buffer[:n]) != "and you" {
		t.Fatalf("alice received %q, %v", buffer[:n], err)
	}
	for _, s := range []*station{alice, bob} {
		text := s.key("dump esp\n")
		if strings.Count(text, "CLT: 0 bytes protected, 0 allocations used.") != 0 || strings.Count(text, " bytes protected, 1 allocations used.") != 2 ||
			strings.Count(text, "CLT: SA first used at time ") != 2 {
			t.Errorf("the SAs of %s:\n%s", s.host.Name(), text)
		}
	}
}
