package xfrm

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// Abilities tell what a kernel can do; made by Probe.
type Abilities struct {
	Missing []string // protocols that it lacks, with the module that would bring them: "esp over IPv4 (kernel module esp4)"

	Ciphers   []*alg.Cipher // that an ESP SA may have
	Integrity []*alg.Integrity
	Lacks     []string // names of our algorithms that it does not take
}

// Usable reports whether ESP and AH over IPv4 are there: with less a daemon does not use the kernel.
func (a Abilities) Usable() bool {
	for _, m := range a.Missing {
		if strings.HasPrefix(m, "esp over IPv4") || strings.HasPrefix(m, "ah over IPv4") {
			return false
		}
	}
	return true
}

// String says in one line what is missing; "complete" when nothing is.
func (a Abilities) String() string {
	if len(a.Missing) == 0 && len(a.Lacks) == 0 {
		return "complete"
	}
	return "missing: " + strings.Join(append(append([]string{}, a.Missing...), a.Lacks...), ", ")
}

// probeSPI and the addresses of the documentation (RFC 5737, RFC 3849) make SAs that no packet meets. They live for the time
// of one request.
const probeSPI = 0x1ce1ce1c

var (
	probe4 = [2]netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}
	probe6 = [2]netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")}
)

// Probe asks the kernel by adding an SA of each kind and taking it out again: that the socket opens says nothing.
// An error is one that is no answer, such as a lack of privilege.
func (d *Driver) Probe() (Abilities, error) {
	var a Abilities
	for _, proto := range []sadb.Protocol{sadb.ESP, sadb.AH} {
		for _, ends := range [][2]netip.Addr{probe4, probe6} {
			sa := probeSA(proto, ends)
			ok, err := d.try(&sa)
			if err != nil {
				return a, err
			}
			if !ok {
				a.Missing = append(a.Missing, fmt.Sprintf("%s over %s (kernel module %s)", proto, family(ends[0]), moduleOf(&sa)))
			}
		}
	}
	if !a.Usable() {
		return a, nil
	}
	return a, d.probeAlgorithms(&a)
}

func (d *Driver) probeAlgorithms(a *Abilities) error {
	for _, c := range alg.Ciphers() {
		sa := probeSA(sadb.ESP, probe4)
		sa.Cipher, sa.CipherKey = c, plainKey(c.KeyOctets(c.ESPBits))
		if c.AEAD() {
			sa.Integrity, sa.AuthKey = nil, nil
		}
		ok, err := d.try(&sa)
		if err != nil {
			return err
		}
		if ok {
			a.Ciphers = append(a.Ciphers, c)
		} else {
			a.Lacks = append(a.Lacks, c.Name)
		}
	}
	for _, i := range alg.Integrities() {
		sa := probeSA(sadb.ESP, probe4)
		sa.Integrity, sa.AuthKey = i, plainKey(i.KeyBits/8)
		ok, err := d.try(&sa)
		if err != nil {
			return err
		}
		if ok {
			a.Integrity = append(a.Integrity, i)
		} else {
			a.Lacks = append(a.Lacks, i.Name)
		}
	}
	return nil
}

// try adds an SA and takes it out; false: the kernel does not know such a thing.
func (d *Driver) try(sa *sadb.SA) (bool, error) {
	err := d.Apply(sadb.Add{SA: *sa})
	var unsupported *sadb.UnsupportedError
	var invalid *sadb.InvalidError
	switch {
	case err == nil:
		return true, d.Apply(sadb.Delete{ID: sa.ID()})
	case errors.As(err, &unsupported), errors.As(err, &invalid):
		return false, nil
	}
	return false, err
}

func probeSA(proto sadb.Protocol, ends [2]netip.Addr) sadb.SA {
	sa := sadb.SA{
		SPI: probeSPI, Proto: proto, Mode: sadb.Transport, Src: ends[0], Dst: ends[1],
		Integrity: alg.IntegrityByName("hmac-sha1-96"), AuthKey: plainKey(20),
	}
	if proto == sadb.ESP {
		sa.Cipher, sa.CipherKey = alg.CipherByName("aes"), plainKey(16)
	}
	return sa
}

// plainKey is no secret: 1, 2, 3 ... so that no cipher finds it weak.
func plainKey(octets int) alg.Key {
	k := make(alg.Key, octets)
	for i := range k {
		k[i] = byte(i*7 + 1)
	}
	return k
}
