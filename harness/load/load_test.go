package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ikewit/harness/peer/libreswan"
	"ikewit/harness/peer/strongswan"
	"ikewit/netns/netnstest"
)

// These make this program our own responder, and one that wants something else than it is told.
const (
	respondCommand = "be the responder"
	differCommand  = "be another responder"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == respondCommand {
		os.Exit(respondAsTold(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == differCommand {
		os.Exit(Respond(Policy{IKE: "3des-md5-modp1024", ESP: "3des-md5"}, os.Args[3], os.Stderr))
	}
	netnstest.Enter()
	os.Exit(m.Run())
}

// respondAsTold reads what wit load --respond reads.
func respondAsTold(args []string) int {
	secrets, rest := args[1], args[2:]
	p := Policy{Options: rest}
	if rest[0] == "--ike" {
		p = Policy{IKE: rest[1], ESP: rest[3]}
	}
	return Respond(p, secrets, os.Stderr)
}

func options(t testing.TB, o Options) Options {
	t.Helper()
	netnstest.Need(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o.Self = []string{self, respondCommand}
	if o.Peer == "" {
		o.Peer = "self"
	}
	if o.Policy.IKE == "" && o.Policy.Options == nil {
		o.Policy = Policy{IKE: "aes128-sha1-modp768", ESP: "aes128-sha1"}
	}
	if o.Pace.InFlight == 0 {
		o.Pace.InFlight = 10
	}
	if o.Addresses == 0 {
		o.Addresses = 100
	}
	o.Seed = 1
	return o
}

func mustRun(t *testing.T, o Options) *Summary {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Run(ctx, options(t, o))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := s.Write(&text); err != nil {
		t.Error(err)
	}
	t.Log("\n" + text.String())
	return s
}

func TestSelfTakesEveryNegotiation(t *testing.T) {
	for _, row := range []struct {
		name string
		o    Options
	}{
		{"proposals", Options{}},
		{"PFS", Options{Policy: Policy{IKE: "3des-md5-modp1024", ESP: "3des-md5-modp768"}}},
		{"one address", Options{Addresses: 1}},
		{"plutoplus", Options{Policy: Policy{Options: strings.Fields("-t -3 -s -e 3 -a 3 -f --group 1")}}},
		{"plutoplus on another port", Options{Policy: Policy{Options: strings.Fields("-a 2 --group 1 -p 4711")}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.o.Pace.Count = 200
			s := mustRun(t, row.o)
			if s.Established != 200 || s.Failed != 0 || s.Trouble != "" {
				t.Errorf("%d established, %d failed, %s", s.Established, s.Failed, s.Trouble)
			}
			if s.ResponderCPU <= 0.01 || s.InitiatorCPU <= 0.01 || s.ResponderCPU > 100 || s.MemoryAfter <= s.MemoryBefore || s.PerSecond <= 1 {
				t.Errorf("implausible: %+v", s)
			}
			if l := s.Latency; l.Min <= 0 || l.Min > l.P50 || l.P50 > l.P90 || l.P90 > l.P99 || l.P99 > l.Max {
				t.Errorf("latencies do not rise: %+v", l)
			}
			if s.Received < 4*200 || s.Sent < 5*200 { // MR1 MR2 MR3 QR1; MI1 MI2 MI3 QI1 QI2
				t.Errorf("%d datagrams sent, %d received", s.Sent, s.Received)
			}
		})
	}
}

func TestForeignRespondersTakeTheLoad(t *testing.T) {
	for _, row := range []struct {
		peer    string
		missing string
	}{{"strongswan", missingCharon()}, {"libreswan", missingPluto("aes128-sha1-modp2048")}} {
		t.Run(row.peer, func(t *testing.T) {
			switch {
			case row.missing != "" && os.Getenv("CI") == "true":
				t.Fatal(row.missing)
			case row.missing != "":
				t.Skip(row.missing)
			}
			t.Parallel()
			s := mustRun(t, Options{Peer: row.peer, Policy: Policy{IKE: "aes128-sha1-modp2048", ESP: "aes128-sha1-modp2048"}, Pace: Pace{Count: 60}})
			if s.Established != 60 || s.Failed != 0 || s.Trouble != "" || s.ResponderCPU < 0.1 || !strings.Contains(strings.ToLower(s.Version), row.peer) {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestDeletedSAsTakeNoMemory(t *testing.T) {
	s := mustRun(t, Options{Delete: true, Pace: Pace{Count: 300}})
	if s.Failed != 0 || s.MemoryEach != 0 || s.Sent < 7*300 { // the Deletes of both SAs too
		t.Errorf("%+v", s)
	}
}

func TestTheEndOfTheResponderIsTold(t *testing.T) {
	o := options(t, Options{Pace: Pace{Duration: time.Hour}})
	killed := false
	o.Progress = func(Progress) {
		if pid := childOf(t, respondCommand); pid != 0 && !killed {
			killed = true
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
	s, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if want := "the responder ended with status 137"; !strings.HasPrefix(s.Trouble, want) {
		t.Errorf("trouble %q, want %q", s.Trouble, want)
	}
}

// childOf finds the child of this process that was started with an argument; 0 if there is none.
func childOf(t *testing.T, argument string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var pid, parent int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		stat, _ := os.ReadFile("/proc/" + e.Name() + "/stat")
		line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		_, after, _ := bytes.Cut(stat, []byte(") "))
		var state string
		if _, err := fmt.Sscan(string(after), &state, &parent); err == nil && parent == os.Getpid() && bytes.Contains(line, []byte(argument)) {
			return pid
		}
	}
	return 0
}

func TestRunLeavesNothing(t *testing.T) {
	descriptors := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	t.Setenv("TMPDIR", t.TempDir())
	o := options(t, Options{Pace: Pace{Count: 10}})
	if _, err := Run(t.Context(), o); err != nil { // what is opened once and for all
		t.Fatal(err)
	}
	before := descriptors()
	for range 3 {
		if _, err := Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if after := descriptors(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	if pid := childOf(t, respondCommand); pid != 0 {
		t.Errorf("process %d still runs", pid)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "wit-load-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	o := options(t, Options{Pace: Pace{Duration: time.Hour}})
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(Progress) { cancel() }
	s, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if s.Trouble != "interrupted" || s.Established == 0 {
		t.Errorf("trouble %q, %d established", s.Trouble, s.Established)
	}
}

func TestWhatCannotSucceedEndsSoon(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	o := options(t, Options{Pace: Pace{Count: 100_000}, Policy: Policy{Options: []string{"-a", "2", "--listen", "192.0.2.9"}}})
	if _, err := Run(ctx, o); err == nil || !strings.Contains(err.Error(), "192.0.2.9") {
		t.Errorf("an address that the responder does not have: %v", err)
	}
}

func TestNothingIsBegunWhenTheFirstFail(t *testing.T) {
	t.Parallel()
	o := options(t, Options{Pace: Pace{Count: 100_000}})
	o.Self[1] = differCommand
	s, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if s.Begun != warmUp || s.Failed != warmUp || !strings.HasPrefix(s.Trouble, "none of the first") || len(s.Failures) != 1 {
		t.Errorf("%+v", s)
	}
	for reason := range s.Failures {
		if !strings.Contains(reason, "NO-PROPOSAL-CHOSEN") {
			t.Errorf("reason %q", reason)
		}
	}
}

func TestForeignRespondersTakeAnyPeer(t *testing.T) {
	for _, p := range []Policy{{IKE: "aes128-sha1-modp2048", ESP: "aes128-sha1-modp2048"}, {Options: strings.Fields("-t -3 -s -e 3 -a 3 -f --group 5")}} {
		terms, err := p.terms(somebody, "x")
		if err != nil {
			t.Fatal(err)
		}
		charon, err := strongswan.Config(terms)
		if err != nil {
			t.Fatal(err)
		}
		pluto, err := libreswan.Config(terms)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"local_addrs = 192.0.2.2", "remote_addrs = %any", "remote_ts = dynamic", "right=%any", "pfs=yes"} {
			if !strings.Contains(charon+pluto, want) {
				t.Errorf("%v: no %q in\n%s\n%s", p, want, charon, pluto)
			}
		}
		if strings.Contains(pluto, "rightsubnet") {
			t.Errorf("%v: pluto's configuration names a subnet of the initiator\n%s", p, pluto)
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	good := Options{Peer: "self", Addresses: 1, Pace: Pace{InFlight: 1, Count: 1}, Policy: Policy{IKE: "aes128-sha1-modp768", ESP: "aes128-sha1"}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		want  string
		spoil func(*Options)
	}{
		{`no responder "racoon"`, func(o *Options) { o.Peer = "racoon" }},
		{"0 in flight", func(o *Options) { o.Pace.InFlight = 0 }},
		{"1000000 in flight", func(o *Options) { o.Pace.InFlight = 1_000_000 }},
		{"0 addresses", func(o *Options) { o.Addresses = 0 }},
		{"neither a count nor a duration", func(o *Options) { o.Pace.Count = 0 }},
		{"a rate of -1", func(o *Options) { o.Pace.Rate = -1 }},
		{`"aes128-sha1" is not cipher-hash-group`, func(o *Options) { o.Policy.IKE = "aes128-sha1" }},
		{`"aes128-sha2" has something unknown`, func(o *Options) { o.Policy.ESP = "aes128-sha2" }},
		{`no group "modp1"`, func(o *Options) { o.Policy.ESP = "aes128-sha1-modp1" }},
		{"-i: who negotiates", func(o *Options) { o.Policy = Policy{Options: []string{"-i"}} }},
		{"-a: invalid authentication algorithm", func(o *Options) { o.Policy = Policy{Options: []string{"-a", "9"}} }},
	} {
		o := good
		row.spoil(&o)
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("want %q, got %v", row.want, err)
		}
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%q runs", row.want)
		}
	}
}

func TestSummaryAsJSON(t *testing.T) {
	tally := &Tally{Begun: 3, Established: 2, Failed: 1, Failures: map[string]int{"why": 1}, Elapsed: 2 * time.Second}
	tally.latency.add(10 * time.Millisecond)
	tally.latency.add(20 * time.Millisecond)
	before := usage{at: time.Unix(0, 0), responderMemory: 1000}
	after := usage{at: time.Unix(2, 0), own: 4 * time.Millisecond, responder: 6 * time.Millisecond, machine: time.Second, responderMemory: 3000}
	s := summarize(Options{Peer: "self", Policy: Policy{IKE: "a", ESP: "b"}}, "v", tally, before, after)
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"established":2`, `"per_second":1`, `"responder_cpu_ms":3`, `"initiator_cpu_ms":2`, `"responder_memory_each":1000`, `"why":1`, `"max":20`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
}
