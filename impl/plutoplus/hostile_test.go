package plutoplus

import (
	"context"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/driver/none"
)

// First messages of a Main Mode, a notification and a Quick Mode of nobody, to begin with.
var hostile = []string{
	"2d92343d9f2e0ce200000000000000000110020000000000000000540000003800000001000000010000002c010100010000002401010000" +
		"800100018002000180030001800400028" + "00b0001000c000400015180",
	"2d92343d9f2e0ce2b38a7d5c5b636b890b100500d0a482e3000000340000001800000001010800" + "0e0000000000000000",
	"2d92343d9f2e0ce2b38a7d5c5b636b8908102001d0a482e30000003cd3505d4ef6ea9b6219b15f7e8e27a475001e75e9c822d3f20011223344556677",
	"2d92343d9f2e0ce2000000000000000021202208000000000000001c",
	"00000000",
}

// One daemon in DEBUG mode with everything shown takes whatever datagrams come. It must answer a
// good peer afterwards as before; nothing may panic or get a control character into the output.
func FuzzDatagrams(f *testing.F) {
	for _, digits := range hostile {
		octets, err := hex.DecodeString(digits)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(octets)
	}
	net := &daemon.Memory{}
	o, _, err := Parse(words("--debug -b 7 --secretsfile /nonexistent"))
	if err != nil {
		f.Fatal(err)
	}
	lines := &watched{}
	taken := make(chan struct{})
	driver := none.New(nil)
	defer driver.Close()
	p, err := Open(Config{
		Options: o, Log: lines, Host: memoryHost{net, bob}, Driver: driver,
		Listen: Listeners{Packet: func(_ time.Time, p daemon.Packet) {
			if !p.Sent {
				taken <- struct{}{}
			}
		}},
	})
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int)
	go func() { ended <- p.Run(ctx) }()
	peer, err := net.Open(netip.AddrPortFrom(alice, 500))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		if err := peer.Send(aliceIKE, bobIKE, octets); err != nil {
			t.Fatal(err)
		}
		<-taken
	})
	cancel()
	if status := <-ended; status != StatusOK || lines.bad != "" {
		f.Errorf("status %d, line %q", status, lines.bad)
	}
}

// A watched log keeps the first line that could harm a terminal.
type watched struct{ bad string }

func (w *watched) Info(line string) {
	if w.bad == "" && strings.IndexFunc(line, isControl) >= 0 {
		w.bad = line
	}
}
func (w *watched) Warning(line string) { w.Info(line) }
func (w *watched) Error(line string)   { w.Info(line) }
