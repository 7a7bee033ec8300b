package daemon

import (
	"bytes"
	"net"
	"net/netip"
	"testing"

	"ikewit/impl/ike"
)

// EXT-UDPE-05 to -08: on port 4500 a marker stands before a message and not before a keepalive; what has none, or nothing behind
// it, does not come up. On other ports there is no marker.
func TestPort4500(t *testing.T) {
	h := &Host{}
	at := netip.MustParseAddr("127.45.0.1")
	const port = 4500
	s, err := h.Listen(netip.AddrPortFrom(at, 4501), "none", true)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	peer, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.45.0.2:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	there := peer.LocalAddr().(*net.UDPAddr).AddrPort()
	message := []byte("an ISAKMP message")
	marked := append(make([]byte, 4), message...)
	for _, row := range []struct {
		local  uint16
		octets []byte
		want   []byte
	}{{port, message, marked}, {port, []byte{0xff}, []byte{0xff}}, {4501, message, message}} {
		local := netip.AddrPortFrom(at, row.local)
		if err := s.Send(local, there, row.octets); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 100)
		n, from, err := peer.ReadFromUDPAddrPort(b)
		if err != nil || from != local || !bytes.Equal(b[:n], row.want) {
			t.Errorf("sent %x from %v as %x from %v, %v", row.octets, local, b[:n], from, err)
		}
	}
	send := func(to uint16, octets []byte) {
		if _, err := peer.WriteToUDPAddrPort(octets, netip.AddrPortFrom(at, to)); err != nil {
			t.Fatal(err)
		}
	}
	for _, junk := range [][]byte{{}, {0xff}, {0}, {0, 0}, {0, 0, 0}, {0, 0, 0, 0}, message} {
		send(port, junk)
	}
	send(port, marked)
	if in, err := s.Receive(); err != nil || !bytes.Equal(in.(ike.Datagram).Octets, message) || in.(ike.Datagram).Local.Port() != port {
		t.Errorf("received %v, %v", in, err)
	}
	send(4501, marked)
	if in, err := s.Receive(); err != nil || !bytes.Equal(in.(ike.Datagram).Octets, marked) {
		t.Errorf("received %v, %v", in, err)
	}
}
