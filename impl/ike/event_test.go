package ike

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

func TestEventsInWords(t *testing.T) {
	refusal := &Refusal{Notify: 16, Check: "reserved-zero", Err: errors.New("a reserved field is not zero")}
	for _, row := range []struct {
		e    Event
		want string
	}{
		{Received{Message: "MI1", Payloads: "HDR SA"}, "received MI1  HDR SA"},
		{Received{Message: "MI1", Duplicate: true}, "received MI1 again"},
		{Sent{Message: "MR1", Payloads: "HDR SA"}, "sent MR1  HDR SA"},
		{Sent{Message: "MR1", Retransmission: true}, "sent MR1 again"},
		{StateChanged{From: "idle", To: "MI1 sent"}, "state idle -> MI1 sent"},
		{Decided{Text: "something"}, "something"},
		{Computed{Name: "SKEYID", Value: alg.Key("secret")}, "SKEYID: key of 6 octets"},
		{Mismatch{Item: "hash", Expected: "md5", Received: "sha1"}, "proposal mismatch: hash: expected md5, received sha1"},
		{Phase1Up{PeerID: "192.0.2.1", Proposal: "3des md5 psk modp1024", Life: time.Hour}, "ISAKMP SA established with 192.0.2.1: 3des md5 psk modp1024, life 1h0m0s"},
		{Phase2Up{In: []sadb.SA{{SPI: 256, Proto: sadb.AH, Mode: sadb.Transport, Src: far, Dst: near}}}, "IPsec SA established: in ah 00000100 transport 192.0.2.2 -> 192.0.2.1 -/-"},
		{Refused{Message: "MI1", Refusal: refusal}, "refused MI1: a reserved field is not zero (check reserved-zero)"},
		{Refused{Message: "MI1", Refusal: refusal, Notified: true}, "refused MI1: a reserved field is not zero (check reserved-zero); peer notified"},
		{Notified{Type: 14, Name: "NO-PROPOSAL-CHOSEN"}, "peer notifies NO-PROPOSAL-CHOSEN (14), in clear"},
		{Notified{Type: 14, Name: "NO-PROPOSAL-CHOSEN", Protected: true}, "peer notifies NO-PROPOSAL-CHOSEN (14), protected"},
		{Failed{Phase: 2, Reason: "no answer"}, "phase 2 failed: no answer"},
		{Failed{Phase: 2, Reason: "install", Err: errors.New("nope")}, "phase 2 failed: install: nope"},
		{Needless{Packet: sadb.Selector{Src: sadb.RangeOf(near), Dst: sadb.RangeOf(far)}, Reason: "is being negotiated"}, "request dropped: what 192.0.2.1 -> 192.0.2.2 needs is being negotiated"},
		{Followed{Exchange: Exchange{Remote: netip.AddrPortFrom(near, 4500)}, From: netip.AddrPortFrom(far, 500)}, "the peer is at 192.0.2.1:4500 now, no more at 192.0.2.2:500"},
		{Gone{SA: "ISAKMP SA", Reason: "expired"}, "ISAKMP SA expired"},
	} {
		if got := row.e.String(); got != row.want {
			t.Errorf("%T: %q, want %q", row.e, got, row.want)
		}
	}
	if !errors.Is(refusal, refusal.Err) {
		t.Error("a Refusal hides its cause")
	}
}
