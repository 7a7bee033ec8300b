package world

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ikewit/harness/report"
	"ikewit/netns/netnstest"
)

func TestMain(m *testing.M) {
	if os.Getenv(muteVariable) != "" {
		playMute()
	}
	netnstest.Main(m)
}

// open makes a world with a topology, closed at the end with nothing left behind.
func open(t *testing.T, fabric, topology string) *World {
	t.Helper()
	w := New(Settings{Fabric: fabric}, "features/x.feature:1", "x", nil, 7)
	if err := w.UseTopology(topology); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestArguments(t *testing.T) {
	w := open(t, "sim", "gateways")
	for _, row := range []struct {
		host, options  string
		verbatim, init bool
		alone          bool
		want           string
	}{
		{"alice", "-e 3", false, true, false, "--wit -d 192.0.2.2 --timeout 10 --hold -i --witdir DIR/alice -e 3"},
		{"bob", "--timeout 1", false, false, true, "--wit -d 192.0.2.1 --timeout 10 --witdir DIR/bob --timeout 1"},
		{"bob", "--debug", true, false, false, "--secretsfile DIR/bob/isakmp-secrets --debug"},
		{"alice", "--wit -t -g {bob} -d {dave}", true, true, false, "--hold -i --witdir DIR/alice --wit -t -g 192.0.2.2 -d 10.2.0.10"},
		{"alice", "--wit -i -d {bob}", true, true, false, "--hold --witdir DIR/alice --wit -i -d 192.0.2.2"},
	} {
		must(t, w.Plan(row.host, row.options, row.verbatim))
		p := w.hosts[row.host].plan
		p.alone = row.alone
		got := strings.ReplaceAll(strings.Join(w.arguments(row.host, p, row.init), " "), w.dir, "DIR")
		if got != row.want {
			t.Errorf("%q:\n %s\nwant\n %s", row.options, got, row.want)
		}
	}
}

// What the IKE of bob is told to take as its own secret differs from what alice has: phase 1 fails, and says so.
func TestOutcomes(t *testing.T) {
	ctx := context.Background()
	w := open(t, "sim", "pair")
	must(t, w.Plan("alice", "-s", false), w.Plan("bob", "", false), w.Initiate(ctx, "alice", false))
	var m *Mismatch
	if err := w.Succeeded(ctx, "alice"); !errors.As(err, &m) || m.Code != "negotiation" || !strings.Contains(m.Actual, "WIT: FAILED") {
		t.Errorf("Succeeded: %v", err)
	}
	if err := w.Exits(ctx, "alice", 0); !errors.As(err, &m) || m.Code != "exit-status" || m.Expected != "0" {
		t.Errorf("Exits: %v", err)
	}
	must(t, w.Exits(ctx, "alice", 2), w.NotZero(ctx, "bob"), w.NoSAs(ctx), w.Notified(ctx, "bob", "NO-PROPOSAL-CHOSEN", false))
	if err := w.Notified(ctx, "bob", "NO-PROPOSAL-CHOSEN", true); !errors.As(err, &m) || !strings.Contains(m.Actual, "in clear") {
		t.Errorf("Notified: %v", err)
	}
	if err := w.SAsAgree(); !errors.As(err, &m) || m.Code != "sa-computed" {
		t.Errorf("SAsAgree without SAs: %v", err)
	}
	if err := w.StillRuns("alice"); err == nil {
		t.Error("a run that has ended still runs")
	}
	if err := w.Says(ctx, "alice", 0, "never said"); !errors.As(err, &m) || m.Code != "output" {
		t.Errorf("Says: %v", err)
	}
}

// In namespaces: negotiation, traffic, a replayed packet, a forged one and one in clear, each judged; then nothing is left.
func TestWholeLifeInNamespaces(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	w := open(t, "netns", "pair")
	must(t, w.Plan("alice", "-e 3 -a 3", false), w.Plan("bob", "-e 3 -a 3", false),
		w.Initiate(ctx, "alice", false), w.Succeeded(ctx, "alice"), w.Succeeded(ctx, "bob"), w.SAsAgree())
	var unresolved *Unresolved
	if err := w.ForgeriesSeen(); !errors.As(err, &unresolved) {
		t.Errorf("forgeries seen that nobody made: %v", err)
	}
	must(t, w.Ping(ctx, "alice", "bob", 2, pingSize, false), w.Replay(ctx, "alice", "bob", 1, 3), w.ForgeriesSeen(), w.Replays("bob", 3))
	must(t, w.Forge(ctx, "alice", "bob", Forgery{Seq: 50, Flip: "ICV"}), w.WrongICVs("bob", 1))
	if n := w.Delivered("bob"); n != 2 {
		t.Errorf("%d pings delivered, want 2", n)
	}
	// The control: a packet with a good ICV that the peer might have sent is taken, so forging works.
	must(t, w.Forge(ctx, "alice", "bob", Forgery{Seq: 25}))
	if n := w.Delivered("bob"); n != 3 {
		t.Errorf("%d pings delivered, want 3 with a well-made forgery", n)
	}
	must(t, w.ClearPing(ctx, "alice", "bob"))
	if n := w.Delivered("bob"); n != 3 {
		t.Errorf("%d pings delivered, want 3: one in clear must be dropped", n)
	}
	var m *Mismatch
	if err := w.Replays("bob", 9); !errors.As(err, &m) || m.Actual != "3" {
		t.Errorf("Replays: %v", err)
	}
	if err := w.ReplayWindow("bob", 64); !errors.As(err, &m) || m.Actual != "32" {
		t.Errorf("ReplayWindow: %v", err)
	}
	if err := w.Lifetimes("bob", 1, 1); !errors.As(err, &m) || m.Code != "sa-lifetime" {
		t.Errorf("Lifetimes: %v", err)
	}
	if err := w.Forge(ctx, "alice", "bob", Forgery{Flip: "toe"}); err == nil || !strings.Contains(err.Error(), "no toe") {
		t.Errorf("Forge: %v", err)
	}
	must(t, w.Judge(ctx), w.Exits(ctx, "alice", 0), w.Exits(ctx, "bob", 0))
	s, err := w.Summary()
	must(t, err)
	if len(s.SAs) != 4 || s.Phase1 != "des md5 modp1024, pre-shared key, 24h0m0s" || slices.ContainsFunc(s.SAs, func(r SARow) bool { return !r.Agrees }) {
		t.Errorf("summary %+v", s)
	}
	text := w.Ladder().String()
	for _, want := range []string{"MI1  HDR SA", "QI2  HDR* HASH(3)", "ESP ", "by the harness", "more in these SAs"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the ladder\n%s", want, text)
		}
	}
}

// A socket that a scenario leaves open is named.
func TestLeftoversAreNamed(t *testing.T) {
	w := New(Settings{Fabric: "netns"}, "x", "x", nil, 8)
	must(t, w.UseTopology("pair"))
	echoes, err := w.echoesAt("alice", false)
	must(t, err)
	w.traffic.echoes = nil // forgotten
	err = w.Close()
	var m *Mismatch
	if !errors.As(err, &m) || m.Code != "left-behind" || !strings.Contains(m.Actual, "alice: ") {
		t.Errorf("Close: %v", err)
	}
	must(t, echoes.Close())
}

// A host, topology or sentence out of place is told by its name.
func TestMisuse(t *testing.T) {
	w := New(Settings{Fabric: "sim"}, "x", "x", nil, 9)
	if err := w.Plan("alice", "", false); err == nil || !strings.Contains(err.Error(), "no topology yet") {
		t.Errorf("%v", err)
	}
	if err := w.UseTopology("moon"); err == nil || !strings.Contains(err.Error(), `"moon"`) {
		t.Errorf("%v", err)
	}
	must(t, w.UseTopology("pair"))
	if err := w.UseTopology("pair"); err == nil {
		t.Error("two topologies in one world")
	}
	if err := w.Plan("dave", "", false); err == nil || !strings.Contains(err.Error(), "no host dave") {
		t.Errorf("%v", err)
	}
	if err := w.Start(t.Context(), "alice", false); err == nil || !strings.Contains(err.Error(), "nothing was said of how alice runs") {
		t.Errorf("%v", err)
	}
	var unsupported *Unsupported
	if err := w.Traffic(t.Context(), "alice", "bob"); !errors.As(err, &unsupported) {
		t.Errorf("traffic in the simulator: %v", err)
	}
	if err := w.Lie("alice", "qi1-wrong-hash"); err == nil || !strings.Contains(err.Error(), "alice and bob in the simulator") {
		t.Errorf("%v", err)
	}
	must(t, w.Close())
}

func TestLifetimeData(t *testing.T) {
	for _, row := range []struct {
		octets             string
		seconds, kilobytes uint64
	}{
		{"", 0, 0},
		{"8001000180020258", 600, 0},                    // seconds, short
		{"800100010002000400015180", 86400, 0},          // seconds, long
		{"800100028002006480010001800203e8", 1000, 100}, // both
		{"80020064", 0, 0},                              // a duration of nothing
		{"8001000100020009", 0, 0},                      // longer than what is left
		{"800100", 0, 0},
	} {
		b, err := hex.DecodeString(row.octets)
		must(t, err)
		if s, k := lifetimeData(b); s != row.seconds || k != row.kilobytes {
			t.Errorf("%s: %d s, %d KB", row.octets, s, k)
		}
	}
}

func TestProfiles(t *testing.T) {
	p, err := profileOf("ike des-md5-modp768 ike 3des-sha1-modp1024 esp null-md5 mode transport pfs modp1024 life 60")
	if err != nil || len(p.IKE) != 2 || p.ESP[0] != "null-md5" || p.Mode != "transport" || p.Life != time.Minute {
		t.Errorf("%+v %v", p, err)
	}
	for _, bad := range []string{"ike", "colour blue", "life long"} {
		if _, err := profileOf(bad); err == nil {
			t.Errorf("profile %q makes sense", bad)
		}
	}
}

// The marker of the traffic is in every ping, however long, and in no other scenario's.
func TestPayloadCarriesMarker(t *testing.T) {
	w, other := New(Settings{}, "", "", nil, 1), New(Settings{}, "", "", nil, 2)
	if !strings.HasPrefix(string(w.payload(pingSize)), string(w.marker())) || len(w.payload(pingSize)) != pingSize || len(w.payload(3)) != 3 {
		t.Errorf("%q", w.payload(pingSize))
	}
	if string(w.marker()) == string(other.marker()) {
		t.Error("two scenarios have one marker")
	}
}

func TestNextStepsAreThereForEveryCode(t *testing.T) {
	for code, text := range nextOf {
		if text == "" {
			t.Errorf("%s: nothing to do", code)
		}
	}
	w := New(Settings{Fabric: "sim", RunSeed: 3, Kernel: "none"}, "features/a.feature:9", "n", nil, 1)
	if got := w.Rerun(); got != "wit run features/a.feature:9 --seed 3 --fabric sim --kernel none" {
		t.Errorf("%s", got)
	}
	f := w.Explain(&Mismatch{Code: "notify", What: "w", Expected: "e", Actual: "a"}, "s")
	if f.Code != "notify" || f.Expected != "e" || f.Actual != "a" || f.Next == "" {
		t.Errorf("%+v", f)
	}
	var b strings.Builder
	report.WriteFailure(&b, report.Result{Failure: f}, report.Paint{})
	if !strings.Contains(b.String(), "w [notify]") {
		t.Errorf("%s", b.String())
	}
}

func TestShorter(t *testing.T) {
	for _, row := range [][3]uint64{{0, 0, 0}, {5, 0, 5}, {0, 5, 5}, {3, 5, 3}, {5, 3, 3}} {
		if got := shorter(row[0], row[1]); got != row[2] {
			t.Errorf("shorter(%d, %d) = %d", row[0], row[1], got)
		}
	}
}
