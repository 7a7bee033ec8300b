package plutoplus

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// acquire is a request: a packet of 10.0.0.1 to 10.0.0.2 met a policy.
func acquire(proto sadb.Protocol, mode sadb.Mode, policy sadb.Selector) sadb.Acquire {
	a := sadb.Acquire{
		Packet:   sadb.Selector{Src: sadb.RangeOf(alice), Dst: sadb.RangeOf(bob), Proto: 6, SrcPort: 1024, DstPort: 80},
		Policy:   sadb.Policy{Selector: policy, Direction: sadb.Out, Do: sadb.Protect},
		Template: sadb.Template{Proto: proto, Mode: mode, ReqID: 7},
	}
	if mode == sadb.Tunnel {
		a.Template.Src, a.Template.Dst = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	}
	return a
}

func prefix(s string) sadb.Range { return sadb.RangeOfPrefix(netip.MustParsePrefix(s)) }

func TestRequestsOfTheKernelBecomeNegotiations(t *testing.T) {
	none := conn.Client{}
	for _, row := range []struct {
		name, args    string
		request       sadb.Acquire
		peer          string
		local, remote conn.Client
	}{
		{"transport, any policy", "", acquire(sadb.ESP, sadb.Transport, sadb.Selector{}), "10.0.0.1 -> 10.0.0.2", none, none},
		{"transport, one protocol and port", "", acquire(sadb.ESP, sadb.Transport, sadb.Selector{Proto: 6, DstPort: 80}), "10.0.0.1 -> 10.0.0.2",
			conn.Client{Range: sadb.RangeOf(alice), Proto: 6}, conn.Client{Range: sadb.RangeOf(bob), Proto: 6, Port: 80}},
		{"transport, AH", "-a 3", acquire(sadb.AH, sadb.Transport, sadb.Selector{}), "10.0.0.1 -> 10.0.0.2", none, none},
		{"tunnel between subnets", "-t", acquire(sadb.ESP, sadb.Tunnel, sadb.Selector{Src: prefix("10.0.0.0/25"), Dst: prefix("10.0.0.0/24")}),
			"192.0.2.1 -> 192.0.2.2", conn.Client{Range: prefix("10.0.0.0/25")}, conn.Client{Range: prefix("10.0.0.0/24")}},
		{"tunnel for everything", "-t", acquire(sadb.ESP, sadb.Tunnel, sadb.Selector{}), "192.0.2.1 -> 192.0.2.2",
			conn.Client{Range: prefix("0.0.0.0/0")}, conn.Client{Range: prefix("0.0.0.0/0")}},
		{"tunnel, one protocol", "-t", acquire(sadb.ESP, sadb.Tunnel, sadb.Selector{Src: sadb.RangeOf(alice), Dst: prefix("10.0.0.0/24"), Proto: 17, SrcPort: 53}),
			"192.0.2.1 -> 192.0.2.2", conn.Client{Range: sadb.RangeOf(alice), Proto: 17, Port: 53}, conn.Client{Range: prefix("10.0.0.0/24"), Proto: 17}},
	} {
		s := newStage(t, "--debug "+row.args, nil)
		got := s.kernel.request(time.Time{}, row.request)
		if len(got) != 1 {
			t.Errorf("%s: %d negotiations, stderr %s", row.name, len(got), s.err.String())
			continue
		}
		in := got[0].(ike.Initiate)
		if peer := fmt.Sprintf("%v -> %v", in.Conn.Local.Addr, in.Conn.Remote.Addr); peer != row.peer || in.ReqID != 7 || in.Conn.IPsec.InstallPolicy {
			t.Errorf("%s: %s, want %s; %+v", row.name, peer, row.peer, in)
		}
		if in.Local != row.local || in.Remote != row.remote {
			t.Errorf("%s: clients %v and %v", row.name, in.Local, in.Remote)
		}
	}
}

func TestARequestForAnotherProtocolOrModeIsIgnored(t *testing.T) {
	for _, row := range []struct {
		args    string
		request sadb.Acquire
		want    string
	}{
		{"", acquire(sadb.AH, sadb.Transport, sadb.Selector{}), "kernel request ignored: policy wants ah transport, configured esp transport\n"},
		{"-t -a 2", acquire(sadb.AH, sadb.Transport, sadb.Selector{}), "kernel request ignored: policy wants ah transport, configured ah tunnel\n"},
		{"", sadb.Acquire{Template: sadb.Template{Proto: sadb.ESP, Mode: sadb.Transport}}, "kernel request ignored: it names no address"},
	} {
		s := newStage(t, "--debug "+row.args, nil)
		if in := s.kernel.request(time.Time{}, row.request); in != nil || !strings.HasPrefix(s.err.String(), row.want) {
			t.Errorf("%q: %v, stderr %q", row.args, in, s.err.String())
		}
	}
}
