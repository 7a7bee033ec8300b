package sadbtest

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// Addresses for documentation (RFC 5737, RFC 3849), so that no policy of the suite can meet traffic.
var (
	alice  = netip.MustParseAddr("192.0.2.1")
	bob    = netip.MustParseAddr("192.0.2.2")
	alice6 = netip.MustParseAddr("2001:db8::1")
	bob6   = netip.MustParseAddr("2001:db8::2")
)

// key gives n octets that are no weak key and differ from each other.
func key(n int, seed byte) alg.Key {
	k := make(alg.Key, n)
	for i := range k {
		k[i] = byte(i)*7 + 11 + seed
	}
	return k
}

// sample is an SA that every driver must take: AES-CBC with HMAC-SHA1, transport, IPv4.
func sample(spi uint32) sadb.SA {
	return sadb.SA{
		SPI: spi, Proto: sadb.ESP, Mode: sadb.Transport, Direction: sadb.Out, Src: alice, Dst: bob,
		Cipher: alg.CipherByName("aes"), CipherKey: key(16, 0),
		Integrity: alg.IntegrityByName("hmac-sha1-96"), AuthKey: key(20, 1),
		ReplayWindow: 32,
	}
}

func sampleAH(spi uint32) sadb.SA {
	sa := sample(spi)
	sa.Proto, sa.Cipher, sa.CipherKey = sadb.AH, nil, nil
	return sa
}

// differences names the fields in which two SAs differ, leaving out what the database sets: state,
// usage, and the direction if it cannot tell.
func differences(got, want sadb.SA) []string {
	var list []string
	note := func(same bool, field string, g, w any) {
		if !same {
			list = append(list, fmt.Sprintf("%s is %v, want %v", field, g, w))
		}
	}
	note(got.ID() == want.ID(), "ID", got.ID(), want.ID())
	note(got.Src == want.Src, "source", got.Src, want.Src)
	note(got.Mode == want.Mode, "mode", got.Mode, want.Mode)
	note(got.Direction == 0 || got.Direction == want.Direction, "direction", got.Direction, want.Direction)
	note(got.ReqID == want.ReqID, "reqid", got.ReqID, want.ReqID)
	note(got.Cipher == want.Cipher, "cipher", got.Cipher, want.Cipher)
	note(string(got.CipherKey) == string(want.CipherKey), "encryption key", got.CipherKey, want.CipherKey)
	note(got.Integrity == want.Integrity, "integrity", got.Integrity, want.Integrity)
	note(string(got.AuthKey) == string(want.AuthKey), "authentication key", got.AuthKey, want.AuthKey)
	note(got.DerivedIV == want.DerivedIV, "derived IV", got.DerivedIV, want.DerivedIV)
	note(got.ReplayWindow == want.ReplayWindow, "replay window", got.ReplayWindow, want.ReplayWindow)
	note(got.ESN == want.ESN, "ESN", got.ESN, want.ESN)
	note(got.NoOverflow == want.NoOverflow, "overflow rule", got.NoOverflow, want.NoOverflow)
	note(got.Selector == want.Selector, "selector", got.Selector, want.Selector)
	note(got.Encap == want.Encap, "encapsulation", got.Encap, want.Encap)
	note(got.Soft == want.Soft, "soft limits", got.Soft, want.Soft)
	note(got.Hard == want.Hard, "hard limits", got.Hard, want.Hard)
	return list
}

func apply(t *testing.T, d sadb.Driver, actions ...sadb.Action) {
	t.Helper()
	for _, a := range actions {
		if err := d.Apply(a); err != nil {
			t.Fatalf("%T: %v", a, err)
		}
	}
}

// mustHold compares what the database holds under the ID of an SA with it.
func mustHold(t *testing.T, d sadb.Driver, want sadb.SA) sadb.SA {
	t.Helper()
	got, err := d.Get(want.ID())
	if err != nil {
		t.Fatalf("Get %v: %v", want.ID(), err)
	}
	for _, text := range differences(got, want) {
		t.Errorf("%v: %s", want.ID(), text)
	}
	return got
}

func mustLack(t *testing.T, d sadb.Driver, id sadb.ID) {
	t.Helper()
	if _, err := d.Get(id); !errors.Is(err, sadb.ErrNotFound) {
		t.Errorf("Get %v: %v, want ErrNotFound", id, err)
	}
}

func dump(t *testing.T, d sadb.Driver) []sadb.SA {
	t.Helper()
	list, err := d.SAs()
	if err != nil {
		t.Fatalf("SAs: %v", err)
	}
	return list
}

func policies(t *testing.T, d sadb.Driver) []sadb.Policy {
	t.Helper()
	list, err := d.Policies()
	if err != nil {
		t.Fatalf("Policies: %v", err)
	}
	return list
}

func wantInvalid(t *testing.T, what string, err error) {
	t.Helper()
	if _, ok := errors.AsType[*sadb.InvalidError](err); !ok {
		t.Errorf("%s: error is %v, want an InvalidError", what, err)
	}
}

func unsupported(err error) bool {
	_, ok := errors.AsType[*sadb.UnsupportedError](err)
	return ok
}

// next waits for an event.
func next(t *testing.T, d sadb.Driver, patience time.Duration) sadb.Event {
	t.Helper()
	select {
	case e, ok := <-d.Events():
		if !ok {
			t.Fatal("the event channel is closed")
		}
		return e
	case <-time.After(patience):
		t.Fatalf("no event within %v", patience)
	}
	return nil
}
