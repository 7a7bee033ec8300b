package plutoplus

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

// connect parses a command line and gives its connection with the peer.
func connect(t *testing.T, args string) (*Options, *conn.Connection) {
	t.Helper()
	o, _, err := Parse(words(args))
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	e, err := o.Resolve(nil)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return o, o.Connection(netip.Addr{}, e)
}

// offer writes the two proposals of a connection in one line.
func offer(c *conn.Connection) string {
	i, p := c.ISAKMP.Offer[0], c.IPsec.Offer[0]
	s := fmt.Sprintf("%v/%v/%v", i.Cipher, i.Hash, i.Group)
	for _, proto := range p.Protocols {
		s += fmt.Sprintf(" %v", proto.Proto)
		if proto.Cipher != nil {
			s += fmt.Sprintf(" %v", proto.Cipher)
		}
		if proto.KeyBits != 0 {
			s += fmt.Sprintf(" %d", proto.KeyBits)
		}
		if proto.Integrity != nil {
			s += fmt.Sprintf(" %v", proto.Integrity)
		}
	}
	s += fmt.Sprintf(" %v", p.Mode)
	if p.Group != nil {
		s += fmt.Sprintf(" pfs %v", p.Group)
	}
	return s
}

func TestProposalsOfTheOptions(t *testing.T) {
	for _, row := range []struct{ args, want string }{
		{"", "des/md5/modp1024 esp des hmac-md5-96 transport"},
		{"-a 2", "des/md5/modp1024 ah hmac-md5-96 transport"},
		{"-a 3", "des/md5/modp1024 ah hmac-sha1-96 transport"},
		{"-e 1", "des/md5/modp1024 esp des-iv64 transport"},
		{"-e 2", "des/md5/modp1024 esp des transport"},
		{"-a 2 -e 3", "des/md5/modp1024 esp 3des hmac-md5-96 transport"},
		{"-e 4", "des/md5/modp1024 esp rc5 128 transport"},
		{"-e 4 -k 5", "des/md5/modp1024 esp rc5 40 transport"},
		{"-e 5 -a 3", "des/md5/modp1024 esp idea hmac-sha1-96 transport"},
		{"-e 7", "des/md5/modp1024 esp blowfish 64 transport"},
		{"-e 7 -k 56", "des/md5/modp1024 esp blowfish 448 transport"},
		{"-e 11 -a 2", "des/md5/modp1024 esp null hmac-md5-96 transport"},
		{"-3s --group 5 -ft", "3des/sha1/modp1536 esp des hmac-md5-96 tunnel pfs modp1536"},
		{"--group 1", "des/md5/modp768 esp des hmac-md5-96 transport"},
	} {
		_, c := connect(t, "--wit -d 10.0.0.2 "+row.args)
		if got := offer(c); got != row.want {
			t.Errorf("%q offers %s, want %s", row.args, got, row.want)
		}
		if len(c.ISAKMP.Offer) != 1 || len(c.IPsec.Offer) != 1 {
			t.Errorf("%q: more than one proposal", row.args)
		}
	}
}

func TestLifetimesAndReplayReachTheConnection(t *testing.T) {
	_, c := connect(t, "--wit -d 10.0.0.2")
	if c.IPsec.LifeTime != 8*time.Hour || c.IPsec.LifeOctets != 0x7fff*1024 || c.ISAKMP.Life != 24*time.Hour ||
		c.IPsec.ReplayWindow != 32 || c.IPsec.NotifyReplay {
		t.Errorf("defaults: %+v", c)
	}
	_, c = connect(t, "--wit -d 10.0.0.2 -l 600 -m 100 -o 900 -r")
	if c.IPsec.LifeTime != 600*time.Second || c.IPsec.LifeOctets != 102400 || c.ISAKMP.Life != 900*time.Second ||
		c.IPsec.ReplayWindow != 0 || !c.IPsec.NotifyReplay {
		t.Errorf("-l 600 -m 100 -o 900 -r: %+v", c)
	}
}

func TestIVLength(t *testing.T) {
	for _, row := range []struct {
		args    string
		derived bool
	}{
		{"", false}, {"-v 0", true}, {"-v 8", false}, {"-a 2", false}, {"-e 11 -a 2", false}, {"-e 11 -a 2 -v 0", false}, {"-e 7 -v 0", true},
	} {
		if _, c := connect(t, "--wit -d 10.0.0.2 "+row.args); c.IPsec.DerivedIV != row.derived {
			t.Errorf("%q: derived IV %t", row.args, c.IPsec.DerivedIV)
		}
	}
}

func TestEndsOfTheConnection(t *testing.T) {
	_, c := connect(t, "--wit -d 10.0.0.2 --listen 10.0.0.1 -p 4000 --peerport 4001")
	if c.Remote.Addr != netip.MustParseAddr("10.0.0.2") || c.Remote.Port != 4001 || c.Local.Port != 4000 || !c.Remote.Client.IsZero() ||
		c.IPsec.RemoteRule != conn.ClientEqual {
		t.Errorf("transport: %+v", c)
	}
	_, c = connect(t, "--wit -t -d 10.2.0.9 -g 10.0.0.2")
	if c.Remote.Addr != netip.MustParseAddr("10.0.0.2") || c.Remote.Client.Range != sadb.RangeOf(netip.MustParseAddr("10.2.0.9")) ||
		!c.Local.Client.IsZero() || c.IPsec.RemoteRule != conn.ClientContains || c.IPsec.LocalRule != conn.ClientAny {
		t.Errorf("tunnel by a gateway: %+v", c)
	}
	_, c = connect(t, "--wit -t -d 10.0.0.2")
	if c.Remote.Addr != netip.MustParseAddr("10.0.0.2") || c.Remote.Client.Range != sadb.RangeOf(c.Remote.Addr) {
		t.Errorf("tunnel to the peer itself: %+v", c)
	}
}

func TestWITAcceptsItsOwnProposalOnly(t *testing.T) {
	_, c := connect(t, "--wit -d 10.0.0.2 -e 7 -k 9 -a 3 -f3")
	i, p := c.ISAKMP.Accept, c.IPsec.Accept
	if len(i) != 1 || len(i[0].Ciphers) != 1 || len(i[0].Hashes) != 1 || len(i[0].Groups) != 1 || i[0].Ciphers[0].Cipher.Name != "3des" {
		t.Errorf("phase 1: %+v", i)
	}
	if len(p) != 1 || len(p[0].Ciphers) != 1 || len(p[0].Integrity) != 1 || len(p[0].Modes) != 1 || len(p[0].Groups) != 1 ||
		fmt.Sprint(p[0].Ciphers[0].KeyBits) != "[72]" || p[0].Groups[0] == nil || p[0].Integrity[0].Name != "hmac-sha1-96" {
		t.Errorf("phase 2: %+v", p)
	}
	_, c = connect(t, "--wit -d 10.0.0.2 -e 3")
	if p := c.IPsec.Accept[0]; p.Groups[0] != nil || p.Integrity[0] != nil {
		t.Errorf("without authentication and PFS: %+v", p)
	}
}

// What a daemon accepts is the same whatever the options say, and covers every proposal that another can make.
func TestDaemonAcceptsWhateverIsOffered(t *testing.T) {
	o, _, err := Parse(words("-a 3 -3 -s -f -t --group 1"))
	if err != nil {
		t.Fatal(err)
	}
	c := o.AnyPeer(netip.Addr{}, false)
	if c.Remote.Addr.IsValid() || c.IPsec.RemoteRule != conn.ClientAny || c.IPsec.DefaultMode != sadb.Transport {
		t.Errorf("%+v", c)
	}
	for _, set := range append(c.ISAKMP.Accept[0].Ciphers, c.IPsec.Accept[0].Ciphers...) {
		if set.Cipher == nil {
			t.Fatal("a cipher has no row in impl/alg")
		}
	}
	for _, args := range combinations() {
		_, other := connect(t, "--debug -i -d 10.0.0.2 "+args)
		if !accepts(c, other.IPsec.Offer[0]) {
			t.Errorf("%q is not accepted: %s", args, offer(other))
		}
	}
}

// combinations are all legal -e, -a, mode and PFS, with every key length of RC5 and the ends of Blowfish's.
func combinations() []string {
	var list []string
	for _, e := range []string{"", "-e 1", "-e 2", "-e 3", "-e 4 -k 5", "-e 4", "-e 4 -k 20", "-e 5", "-e 7 -k 5", "-e 7", "-e 7 -k 56", "-e 11"} {
		for _, a := range []string{"", "-a 2", "-a 3"} {
			for _, mode := range []string{"", "-t"} {
				for _, pfs := range []string{"", "-f"} {
					if e != "-e 11" || a != "" {
						list = append(list, strings.Join(strings.Fields(e+" "+a+" "+mode+" "+pfs), " "))
					}
				}
			}
		}
	}
	return list
}

// accepts is the obvious reading of IPsecAccept for proposals of one protocol.
func accepts(c *conn.Connection, p conn.IPsecProposal) bool {
	proto := p.Protocols[0]
	for _, a := range c.IPsec.Accept {
		if a.Proto != proto.Proto || !has(a.Modes, p.Mode) || !has(a.Groups, p.Group) || !has(a.Integrity, proto.Integrity) {
			continue
		}
		if proto.Cipher == nil {
			return true
		}
		for _, set := range a.Ciphers {
			if set.Cipher == proto.Cipher && (set.KeyBits == nil || proto.KeyBits == 0 || has(set.KeyBits, proto.KeyBits)) {
				return true
			}
		}
	}
	return false
}

func has[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
