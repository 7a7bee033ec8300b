package strongswan

import (
	"net/netip"
	"strings"
	"testing"

	"ikewit/harness/peer"
	"ikewit/impl/engine/enginetest"
)

func TestTuningChangesWhatItSays(t *testing.T) {
	plain := (&Peer{dir: "/d"}).strongswanConf()
	tuned := &Peer{dir: "/d"}
	tuned.Tune(Tuning{Threads: 5, Quiet: true, Unguarded: true})
	text := tuned.strongswanConf()
	for _, want := range []string{"threads = 5", "dos_protection = no", "default = -1", "dmn = 1", "job = 1"} {
		if strings.Contains(plain, want) {
			t.Errorf("%q without tuning", want)
		}
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	tuned.Tune(Tuning{LongExponents: true})
	if long := tuned.strongswanConf(); strings.Contains(long, "x9_42") || strings.Contains(long, "gmp") || !strings.Contains(plain, "load = gmp random") || !strings.Contains(plain, "x9_42 = no") {
		t.Errorf("exponents: %s\nand\n%s", plain, long)
	}
}

func TestConfigOfAnyPeer(t *testing.T) {
	c, err := enginetest.Profile{IKE: []string{"aes128-sha1-modp2048"}}.Connection("any", netip.MustParseAddr("192.0.2.2"), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := Config(peer.Terms{Conn: c})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"remote_addrs = %any", "id = %any", "remote_ts = dynamic", "local_addrs = 192.0.2.2"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	s, err := connection(peer.Terms{Conn: c}, Tuning{NoPolicies: true})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if write(&b, "", s); !strings.Contains(b.String(), "policies = no") || strings.Contains(text, "policies") {
		t.Errorf("policies: %s", b.String())
	}
}

func TestWhatItsOwnStackCarries(t *testing.T) {
	for _, row := range []struct {
		p     enginetest.Profile
		force bool
		want  bool
	}{
		{enginetest.Profile{ESP: []string{"aes128-sha1"}}, true, true},
		{enginetest.Profile{ESP: []string{"null-md5"}}, true, true},
		{enginetest.Profile{ESP: []string{"aes128-sha1"}}, false, false},
		{enginetest.Profile{ESP: []string{"aes128-sha1"}, Mode: "transport"}, true, false},
		{enginetest.Profile{ESP: []string{"3des"}}, true, false},
		{enginetest.Profile{AH: []string{"sha1"}}, true, false},
		{enginetest.Profile{ESP: []string{"aes128-sha1", "3des-md5"}}, true, false},
	} {
		c, err := row.p.Connection("c", netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"))
		if err != nil {
			t.Fatal(err)
		}
		if got := CarriesInUserSpace(peer.Terms{Conn: c, ForceEncap: row.force}); got != row.want {
			t.Errorf("%+v, in UDP %t: %t, want %t", row.p, row.force, got, row.want)
		}
	}
}

func TestASoftLimitIsNeverBelowZero(t *testing.T) {
	c, err := enginetest.Profile{}.Connection("c", netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := Config(peer.Terms{Conn: c})
	if err != nil {
		t.Fatal(err)
	}
	_, child, _ := strings.Cut(text, "children {")
	if !strings.Contains(child, "rekey_time = 0s") || !strings.Contains(child, "rand_time = 0s") {
		t.Errorf("the child has\n%s", child)
	}
}
