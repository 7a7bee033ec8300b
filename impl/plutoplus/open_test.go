package plutoplus

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"ikewit/impl/daemon"
	"ikewit/impl/sadb"
)

// A shelfHost gives out a driver that notices its end; busy says that its port is taken.
type shelfHost struct {
	memoryHost
	shelf *shelf
	busy  error
}

func (h shelfHost) Driver(kernel string) (sadb.Driver, string, error) {
	if kernel == "user" {
		return nil, "", errors.New("no device")
	}
	return h.shelf, "kernel: " + kernel, nil
}

func (h shelfHost) Listen(local netip.AddrPort, stack string, natt bool) (daemon.Sockets, error) {
	if h.busy != nil {
		return nil, h.busy
	}
	return h.memoryHost.Listen(local, stack, natt)
}

func TestTheDriverIsClosedByWhoOpenedIt(t *testing.T) {
	for _, row := range []struct {
		name, args string
		busy       error
		cancelled  bool
		status     int
		stderr     string
	}{
		{"after a run", "--debug", nil, true, StatusOK, ""},
		{"when the port is taken", "--debug", errors.New("the port is taken"), false, StatusUsage, "plutoplus: the port is taken\n"},
		{"no driver", "--debug --kernel user", nil, false, StatusUsage, "plutoplus: --kernel user: no device\n"},
		{"a name without an address", "--wit -d nobody", nil, false, StatusUsage, "plutoplus: -d: \"nobody\" has no address: no names here\n"},
	} {
		o, _, err := Parse(words(row.args))
		if err != nil {
			t.Fatal(err)
		}
		h := shelfHost{memoryHost{&daemon.Memory{}, alice}, &shelf{}, row.busy}
		ctx, cancel := context.WithCancel(t.Context())
		if row.cancelled {
			cancel()
		}
		var out, errs bytes.Buffer
		ready := false
		status := Execute(ctx, Config{Options: o, Host: h, Log: &Streams{Out: &out, Err: &errs}, Ready: func() { ready = true }})
		cancel()
		if status != row.status || !strings.HasSuffix(errs.String(), row.stderr) || ready != (status == StatusOK) {
			t.Errorf("%s: status %d, ready %t, stderr %q", row.name, status, ready, errs.String())
		}
		if opened := !strings.Contains(row.stderr, "no "); h.shelf.closed != opened {
			t.Errorf("%s: the driver is closed: %t", row.name, h.shelf.closed)
		}
		if o.Mode == WIT && !strings.HasPrefix(out.String(), "WIT: FAILED: ") {
			t.Errorf("%s: stdout %q", row.name, out.String())
		}
	}
}

// Two names whose addresses are of different families are rule 19, with the usage text.
func TestNamesOfDifferentFamilies(t *testing.T) {
	o, _, err := Parse(words("--wit -t -d 10.0.0.2 -g six"))
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	h := namingHost{memoryHost{&daemon.Memory{}, alice}}
	status := Execute(t.Context(), Config{Options: o, Host: h, Log: &Streams{Out: &out, Err: &errs}})
	if status != StatusUsage || !strings.HasPrefix(errs.String(), "plutoplus: -g: address family differs from -d\nusage: plutoplus") || out.Len() > 0 {
		t.Errorf("status %d, stdout %q, stderr %q", status, out.String(), errs.String())
	}
}

type namingHost struct{ memoryHost }

func (namingHost) Lookup(string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("fd00::6")}, nil
}

func TestPacketsAreShown(t *testing.T) {
	octets, err := hex.DecodeString("2d92343d9f2e0ce2b38a7d5c5b636b890b100500d0a482e3000000280000000c" + "0000000101000004")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		p    daemon.Packet
		want string
	}{
		{daemon.Packet{Remote: bobIKE, Octets: octets[:20]}, "< 10.0.0.2:500, 20 octets|< unreadable: "},
		{daemon.Packet{Sent: true, Remote: bobIKE, Octets: octets, Err: errors.New("no route")},
			"> 10.0.0.2:500, 40 octets, not sent: no route, cookies 2d92343d9f2e0ce2 b38a7d5c5b636b89, next N, version 1.0, Informational, flags none, message id d0a482e3|> payload N, 12 octets: INVALID-COOKIE for PROTO_ISAKMP, SPI |> 0000  2d 92"},
		{daemon.Packet{Remote: bobIKE, Octets: append(octets[:19:19], append([]byte{1}, octets[20:]...)...)},
			"< 10.0.0.2:500, 40 octets, cookies 2d92343d9f2e0ce2 b38a7d5c5b636b89, next N, version 1.0, Informational, flags E, message id d0a482e3|< encrypted payloads, 12 octets|< 0000  2d 92 34 3d"},
	} {
		got := strings.Join(showPacket(row.p), "|")
		if !strings.HasPrefix(got, row.want) {
			t.Errorf("%s; want %s", got, row.want)
		}
		if n := (len(row.p.Octets) + 15) / 16; !strings.Contains(got, fmt.Sprintf("|%s%04x  ", got[:2], (n-1)*16)) {
			t.Errorf("no %d lines of octets: %s", n, got)
		}
	}
}
