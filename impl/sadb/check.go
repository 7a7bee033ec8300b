package sadb

import (
	"fmt"
	"net/netip"
)

// MinSPI is the lowest SPI that an SA may have; those below are reserved (RFC 2406 section 2.1). Whoever keys by hand may
// use them, but for 0.
const MinSPI = 256

// MaxReplayWindow is the widest window that an SA may ask for, in packets.
const MaxReplayWindow = 4096

// Check says whether an SA makes sense, keys included. The error is an *InvalidError.
func (sa *SA) Check() error {
	if err := sa.CheckShape(); err != nil {
		return err
	}
	if sa.Cipher != nil {
		if err := sa.Cipher.CheckKey(sa.CipherKey); err != nil {
			return invalidSA("encryption key: %v", err)
		}
	}
	if sa.Integrity != nil {
		if err := sa.Integrity.CheckKeyBits(8 * len(sa.AuthKey)); err != nil {
			return invalidSA("authentication key: %v", err)
		}
	}
	return nil
}

// CheckShape is Check without the keys: what can be said before they are there.
func (sa *SA) CheckShape() error {
	switch {
	case sa.SPI == 0 || sa.SPI < MinSPI && !sa.Manual:
		return invalidSA("SPI %08x is reserved (0 to %d)", sa.SPI, MinSPI-1)
	case sa.Mode != Transport && sa.Mode != Tunnel:
		return invalidSA("%v is neither transport nor tunnel", sa.Mode)
	case sa.Direction > Forward:
		return invalidSA("%v does not exist", sa.Direction)
	case sa.Soft.Add < 0 || sa.Soft.Use < 0 || sa.Hard.Add < 0 || sa.Hard.Use < 0:
		return invalidSA("a lifetime is negative")
	}
	if err := checkAddresses(sa.Src, sa.Dst); err != nil {
		return err
	}
	if err := sa.Selector.check("SA"); err != nil {
		return err
	}
	if err := sa.checkAlgorithms(); err != nil {
		return err
	}
	return sa.checkReplay()
}

func invalidSA(format string, args ...any) error {
	return &InvalidError{What: "SA", Why: fmt.Sprintf(format, args...)}
}

func checkAddresses(src, dst netip.Addr) error {
	switch {
	case !src.IsValid() || !dst.IsValid():
		return invalidSA("source or destination address is missing")
	case src.BitLen() != dst.BitLen():
		return invalidSA("source %v and destination %v are of different families", src, dst)
	case src.Is4In6() || dst.Is4In6():
		return invalidSA("%v -> %v: an IPv4 address is written as IPv6", src, dst)
	case src.IsMulticast():
		return invalidSA("source %v is a multicast address", src)
	}
	return nil
}

// checkAlgorithms: RFC 2406 section 5 (not both NULL), RFC 3686 section 2.1 (CTR never without
// authentication), RFC 4106 section 8.1 (no authenticator beside GCM).
func (sa *SA) checkAlgorithms() error {
	authenticated := sa.Authenticated()
	switch sa.Proto {
	case AH:
		switch {
		case sa.Cipher != nil:
			return invalidSA("AH does not encrypt, but cipher is %s", sa.Cipher)
		case !authenticated:
			return invalidSA("AH without an authentication algorithm")
		case sa.DerivedIV || sa.IVOctets != 0:
			return invalidSA("AH has no IV")
		}
	case ESP:
		switch {
		case sa.Cipher == nil:
			return invalidSA("ESP without a cipher; the NULL cipher must be named")
		case !authenticated && sa.Cipher.Name == "null":
			return invalidSA("neither encryption nor authentication")
		case !authenticated && sa.Cipher.Name == "aes-ctr":
			return invalidSA("%s without authentication", sa.Cipher)
		case sa.Cipher.AEAD() && sa.Integrity != nil && sa.Integrity.ICV > 0:
			return invalidSA("%s authenticates by itself, but %s is asked for too", sa.Cipher, sa.Integrity)
		}
	case IPComp:
	default:
		return invalidSA("%v is not esp, ah or ipcomp", sa.Proto)
	}
	return nil
}

func (sa *SA) checkReplay() error {
	switch {
	case sa.ReplayWindow > MaxReplayWindow:
		return invalidSA("replay window of %d packets is over %d", sa.ReplayWindow, MaxReplayWindow)
	case sa.ESN && !sa.Numbered():
		return invalidSA("extended sequence numbers need authentication and a sequence number")
	case sa.NoOverflow && sa.ReplayWindow > 0 && sa.Numbered():
		return invalidSA("the sequence number may not wrap under replay protection")
	case sa.DerivedIV && sa.Cipher != nil && sa.Cipher.Block == 1 && sa.Cipher.IV > 0 && (sa.NoOverflow || sa.ESN):
		return invalidSA("%s with an IV derived from a 32-bit number: it would repeat", sa.Cipher)
	}
	return nil
}

// Authenticated reports whether packets of the SA carry an ICV.
func (sa *SA) Authenticated() bool {
	return sa.Integrity != nil && sa.Integrity.ICV > 0 || sa.Cipher != nil && sa.Cipher.AEAD()
}

// OldESP reports whether packets are those of RFC 1827: without sequence number. With a derived IV the
// number is needed, and sent.
func (sa *SA) OldESP() bool { return sa.Cipher != nil && sa.Cipher.OldESP && !sa.DerivedIV }

// Numbered reports whether a receiver can look for replays: there is a sequence number, and an
// ICV over it (RFC 2406 section 3.4.3).
func (sa *SA) Numbered() bool { return sa.Authenticated() && !sa.OldESP() }

// Check says whether a policy makes sense. The error is an *InvalidError.
func (p *Policy) Check() error {
	bad := func(format string, args ...any) error {
		return &InvalidError{What: "policy", Why: fmt.Sprintf(format, args...)}
	}
	switch {
	case p.Direction < In || p.Direction > Forward:
		return bad("%v: must be in, out or fwd", p.Direction)
	case p.Do < Protect || p.Do > Discard:
		return bad("%v: must be protect, bypass or discard", p.Do)
	case p.Do == Protect && len(p.Templates) == 0:
		return bad("protect, but no template says how")
	case p.Do != Protect && len(p.Templates) > 0:
		return bad("%v has no use for templates", p.Do)
	case len(p.Templates) > 6:
		return bad("%d templates; 6 are as many as can be", len(p.Templates))
	}
	for _, t := range p.Templates {
		switch {
		case t.Proto != ESP && t.Proto != AH && t.Proto != IPComp:
			return bad("template %v: %v is not esp, ah or ipcomp", t, t.Proto)
		case t.Mode != Transport && t.Mode != Tunnel:
			return bad("template %v: neither transport nor tunnel", t)
		case t.Mode == Tunnel && (!t.Src.IsValid() || !t.Dst.IsValid() || t.Src.BitLen() != t.Dst.BitLen()):
			return bad("template %v: a tunnel needs two addresses of one family", t)
		}
	}
	return p.Selector.check("policy")
}

// check looks at the shape of ranges only.
func (s *Selector) check(what string) error {
	for _, r := range [2]Range{s.Src, s.Dst} {
		if !r.IsAny() && (r.From.BitLen() != r.To.BitLen() || r.To.Less(r.From)) {
			return &InvalidError{What: what, Why: fmt.Sprintf("selector: %v is no range", r)}
		}
	}
	if !s.Src.IsAny() && !s.Dst.IsAny() && s.Src.From.BitLen() != s.Dst.From.BitLen() {
		return &InvalidError{What: what, Why: fmt.Sprintf("selector %v: the families differ", s)}
	}
	return nil
}

// sameAlgorithms reports whether two SAs use the same algorithms with the same keys.
func sameAlgorithms(a, b *SA) bool {
	return a.Cipher == b.Cipher && a.Integrity == b.Integrity &&
		string(a.CipherKey) == string(b.CipherKey) && string(a.AuthKey) == string(b.AuthKey)
}

// CheckIV says whether packets of the SA can carry as much IV as it asks for. The error is an
// *UnsupportedError of that driver.
func (sa *SA) CheckIV(driver string) error {
	if sa.IVOctets == 0 || sa.Cipher != nil && int(sa.IVOctets) == sa.Cipher.IV && !sa.DerivedIV {
		return nil
	}
	return &UnsupportedError{Driver: driver, What: fmt.Sprintf("IV length %d with %v", sa.IVOctets, sa.Cipher)}
}
