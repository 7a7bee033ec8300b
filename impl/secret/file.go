package secret

import (
	"fmt"
	"net/netip"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
)

// A File is a secrets file of plutoplus, read. It is a Finder.
//
//	file    = { line }
//	line    = [ entry ] [ "#" comment ] newline
//	entry   = peer { peer } secret
//	peer    = address | host-name | "@" fqdn | user "@" fqdn | "%any"
//	secret  = '"' text '"' | "'" text "'" | "0x" hexdigits | "0s" base64 | "0t" text | word
//
// Fields are separated by blanks. A comment begins where a field could begin: a '#' inside a
// field belongs to it. A quoted secret has no escapes and ends on its line; a word is taken
// literally.
type File struct {
	Name string // for messages

	// Own reports whether an address is one of ours. An entry that names one of our addresses
	// beside the peer's is only for negotiations from an address that it names. nil: only the local address of
	// a negotiation is known to be ours, and then such an entry is for every peer that it names.
	Own func(netip.Addr) bool

	entries []entry
}

var _ Finder = (*File)(nil)

// An entry is one line: the peers that it is for, and their secret.
type entry struct {
	addrs []netip.Addr
	ids   []conn.Identity
	any   bool
	key   alg.Key
}

// PreShared gives the secret of the entry that names the remote address, else of one that names the remote
// identity, else of one for %any. Among equals the earlier line wins. An invalid local means that it is not
// known yet: then entries are not asked for it.
//
// The key is shared with the file and must not be written to.
func (f *File) PreShared(local, remote netip.Addr, remoteID conn.Identity) (alg.Key, error) {
	local, remote = local.Unmap(), remote.Unmap()
	var byID, byAny alg.Key
	for i := range f.entries {
		e := &f.entries[i]
		switch {
		case !f.serves(e, local, remote):
		case contains(e.addrs, remote):
			return e.key, nil
		case byID == nil && !remoteID.IsZero() && contains(e.ids, remoteID):
			byID = e.key
		case byAny == nil && e.any:
			byAny = e.key
		}
	}
	if byID == nil {
		byID = byAny
	}
	if byID == nil {
		return nil, None(remote, f.Name)
	}
	return byID, nil
}

// serves reports whether an entry may be used from the local address: it names that, or none
// of ours but the remote address (which is ours too when two programs talk on one host).
func (f *File) serves(e *entry, local, remote netip.Addr) bool {
	if f.Own == nil || !local.IsValid() || contains(e.addrs, local) {
		return true
	}
	for _, a := range e.addrs {
		if a != remote && f.Own(a) {
			return false
		}
	}
	return true
}

// Format says how many entries the file has, for every verb: package fmt does not ask what lies in
// unexported fields how it wants to be printed, so keys in there would show.
func (f File) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "secrets file %q of %d entries", f.Name, len(f.entries))
}

// Format says nothing of the secret.
func (e entry) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "entry for %v %v any=%t", e.addrs, e.ids, e.any)
}

// Len gives the number of entries.
func (f *File) Len() int { return len(f.entries) }

// None is the error of a Finder that has no secret for a peer; it wraps ErrNone.
func None(remote netip.Addr, where string) error {
	return fmt.Errorf("%w for %s in %s", ErrNone, remote, where)
}

func contains[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
