package xfrm

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// Abilities tell what a kernel can do; made by Probe.
type Abilities struct {
	Missing []string // protocols and forms of SAs that it lacks, with what would bring them: "esp over IPv4 (kernel module esp4)"

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
	if err := d.probeForms(&a); err != nil {
		return a, err
	}
	return a, d.probeAlgorithms(&a)
}

// probeForms asks for what an SA may be beyond its protocol.
func (d *Driver) probeForms(a *Abilities) error {
	for _, form := range []struct {
		what   string
		change func(*sadb.SA)
	}{
		{"tunnel mode", func(sa *sadb.SA) { sa.Mode = sadb.Tunnel }},
		{"ESP in UDP (XFRMA_ENCAP)", func(sa *sadb.SA) { sa.Encap = sadb.Encap{SrcPort: 4500, DstPort: 4500} }},
		{"replay windows beyond 32 packets (XFRMA_REPLAY_ESN_VAL)", func(sa *sadb.SA) { sa.ReplayWindow = 64 }},
		{"64-bit sequence numbers (kernel module authencesn)", func(sa *sadb.SA) { sa.ReplayWindow, sa.ESN = 64, true }},
	} {
		sa := probeSA(sadb.ESP, probe4)
		form.change(&sa)
		ok, err := d.try(&sa)
		if err != nil {
			return err
		}
		if !ok {
			a.Missing = append(a.Missing, form.what)
		}
	}
	if err := encapsulates(); err != nil {
		a.Missing = append(a.Missing, fmt.Sprintf("sockets that take ESP in UDP (UDP_ENCAP: %v)", err))
	}
	return nil
}

// encapsulates tries what the daemon does with its socket at port 4500.
func encapsulates() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.SetsockoptInt(fd, unix.IPPROTO_UDP, unix.UDP_ENCAP, unix.UDP_ENCAP_ESPINUDP)
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
