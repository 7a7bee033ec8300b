package pfkey

import (
	"fmt"
	"net/netip"

	"ikewit/impl/alg"
	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

func (d *Driver) add(sa *sadb.SA) error {
	if err := sa.Check(); err != nil {
		return err
	}
	if err := d.Supports(sa); err != nil {
		return err
	}
	switch {
	case sa.State == sadb.Dying || sa.State == sadb.Dead:
		return &sadb.InvalidError{What: "SA", Why: sa.State.String() + " cannot be added"}
	case sa.Current.Seq != 0:
		return &sadb.UnsupportedError{Driver: "pfkey", What: "a sequence number to start from"}
	}
	if _, err := d.callAs(d.numberOf(sa), pfkey.Add, pfsa.SAType(sa.Proto), d.complete(*sa)...); err != nil {
		return fmt.Errorf("add %s: %w", sa, err)
	}
	d.keep(sa)
	d.answered(sa)
	return nil
}

// update fills in the keys of an SA that names none, and refuses others than it has: a kernel would take the new limits and
// leave other keys aside without a word.
func (d *Driver) update(sa sadb.SA) error {
	held, err := d.Get(sa.ID())
	if err != nil {
		return err
	}
	keep := sa.Cipher == nil && sa.Integrity == nil && sa.CipherKey == nil && sa.AuthKey == nil
	switch {
	case held.State == sadb.Larval:
	case keep:
		sa.Cipher, sa.Integrity, sa.CipherKey, sa.AuthKey = held.Cipher, held.Integrity, held.CipherKey, held.AuthKey
	case sa.Cipher != held.Cipher || sa.Integrity != held.Integrity ||
		string(sa.CipherKey) != string(held.CipherKey) || string(sa.AuthKey) != string(held.AuthKey):
		return &sadb.InvalidError{What: "SA", Why: fmt.Sprintf("algorithms and keys of %v cannot change", sa.ID())}
	}
	if !sa.Src.IsValid() {
		sa.Src = held.Src
	}
	if err := sa.Check(); err != nil {
		return err
	}
	if err := d.Supports(&sa); err != nil {
		return err
	}
	if _, err := d.call(pfkey.Update, pfsa.SAType(sa.Proto), d.complete(sa)...); err != nil {
		return fmt.Errorf("update %s: %w", sa, err)
	}
	d.keep(&sa)
	return nil
}

// complete tells all of an SA. Both limits are always there, since an update keeps the one that is not, and Linux
// wants both or none; and so is the mode. Linux also wants a key for the NULL cipher: one of no octets.
func (d *Driver) complete(sa sadb.SA) []pfkey.Extension {
	sa.State = sadb.Mature
	sa.Soft = within(sa.Soft, sa.Hard)
	r := pfsa.Record{SA: d.dialect(sa)}
	var list []pfkey.Extension
	has := map[pfkey.ExtensionType]bool{}
	for _, e := range r.Extensions(pfsa.WithHard | pfsa.WithSoft | pfsa.WithKeys | pfsa.WithRest) {
		if e.Kind() == pfkey.ExtSA2 {
			continue
		}
		if proxy, ok := e.(*pfkey.Address); ok && d.kernel && proxy.Which == pfkey.ExtAddressProxy && proxy.PrefixLen == 0 {
			proxy.PrefixLen = uint8(proxy.Addr.BitLen()) // to Linux 0 is any address
		}
		has[e.Kind()] = true
		list = append(list, e)
	}
	for _, which := range []pfkey.ExtensionType{pfkey.ExtLifetimeHard, pfkey.ExtLifetimeSoft} {
		if !has[which] {
			list = append(list, &pfkey.Lifetime{Which: which})
		}
	}
	if d.kernel && sa.Proto == sadb.ESP && !has[pfkey.ExtKeyEncrypt] {
		list = append(list, &pfkey.Key{Which: pfkey.ExtKeyEncrypt})
	}
	return append(list, &pfkey.SA2{Mode: uint8(sa.Mode), ReqID: sa.ReqID})
}

// within lowers soft limits to the hard ones: an engine may refuse those above, and either way they are never told.
func within(soft, hard sadb.Limits) sadb.Limits {
	if hard.Octets > 0 {
		soft.Octets = min(soft.Octets, hard.Octets)
	}
	if hard.Packets > 0 {
		soft.Packets = min(soft.Packets, hard.Packets)
	}
	if hard.Add > 0 {
		soft.Add = min(soft.Add, hard.Add)
	}
	if hard.Use > 0 {
		soft.Use = min(soft.Use, hard.Use)
	}
	return soft
}

// Linux cuts HMAC-SHA-256 to 96 bits when the algorithm comes by its PF_KEY number; others to 128, as RFC 4868 says. The number
// belongs to the row of 128 bits.
const sha256Cut, sha256Whole = "hmac-sha256-96", "hmac-sha256-128"

func (d *Driver) dialect(sa sadb.SA) sadb.SA {
	sa = expressible(sa)
	if d.kernel && sa.Integrity != nil {
		switch sa.Integrity.Name {
		case sha256Cut:
			sa.Integrity = alg.IntegrityByName(sha256Whole)
		case sha256Whole:
			sa.Integrity = alg.IntegrityByName(sha256Cut) // which has no number of its own: not expressible
		}
	}
	return sa
}

func (d *Driver) undialect(sa sadb.SA) sadb.SA {
	if d.kernel && sa.Integrity != nil && sa.Integrity.Name == sha256Whole {
		sa.Integrity = alg.IntegrityByName(sha256Cut)
	}
	return sa
}

// unspecified is the address that means any, of the same family.
func unspecified(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}
