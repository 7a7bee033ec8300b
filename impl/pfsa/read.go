package pfsa

import (
	"math"
	"net/netip"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// Read takes the SA out of an ADD, or out of an UPDATE that completes a larval SA, and checks it as far as
// can be said without the database. Keys are shared with the message. Errors are Invalid.
//
// An SA with a proxy is a tunnel: the proxy is the source of what is inside. Without one, and without Linux's
// mode, it is transport mode.
func Read(m *pfkey.Message) (Record, error) {
	var r Record
	x := extensionsOf(m)
	if err := x.needed(m); err != nil {
		return r, err
	}
	sa := &r.SA
	sa.Proto, _ = ProtocolOf(m.SAType)
	sa.SPI, sa.Src, sa.Dst = x.sa.SPI, x.src.Value().Addr(), x.dst.Value().Addr()
	sa.Manual = sa.SPI < sadb.MinSPI
	sa.ReplayWindow = uint32(x.sa.Replay)
	if x.sa.State != pfkey.Mature {
		return r, Invalid(pfkey.BadState)
	}
	sa.State = sadb.Mature
	if x.sa.Flags&^knownFlags != 0 {
		return r, Invalid(pfkey.BadFlags)
	}
	if x.sa.Flags&pfkey.FlagNoReplay != 0 {
		sa.ReplayWindow = 0
	}
	if err := x.readAlgorithms(sa); err != nil {
		return r, err
	}
	if err := x.checkLimits(); err != nil {
		return r, err
	}
	x.readMode(sa)
	r.Beyond = x.beyond(sa)
	return r, nil
}

// knownFlags: PFS, NOREPLAY, and NOECN, DECAP_DSCP, NOPMTUDISC of Linux.
const knownFlags = pfkey.FlagPFS | pfkey.FlagNoReplay | 0x80000000 | 0x40000000 | 0x20000000

// Told reads what a database said of an SA, in the answer to a GET or in a DUMP. It checks nothing that
// can be held all the same; an algorithm that we have no row for is left out.
func Told(m *pfkey.Message) (Record, error) {
	var r Record
	x := extensionsOf(m)
	if x.sa == nil || x.src == nil || x.dst == nil {
		return r, Invalid(pfkey.MissingSA)
	}
	sa := &r.SA
	switch m.SAType {
	case pfkey.SATypeESP:
		sa.Proto = sadb.ESP
	case pfkey.SATypeAH:
		sa.Proto = sadb.AH
	case pfkey.SATypeIPComp:
		sa.Proto = sadb.IPComp
	}
	sa.SPI, sa.Src, sa.Dst = x.sa.SPI, x.src.Value().Addr(), x.dst.Value().Addr()
	sa.Manual = sa.SPI < sadb.MinSPI
	sa.ReplayWindow, sa.State = uint32(x.sa.Replay), sadb.State(x.sa.State)
	sa.Cipher, sa.Integrity = CipherOf(x.sa.Encrypt), IntegrityOf(x.sa.Auth)
	if x.encrypt != nil {
		sa.CipherKey = x.encrypt.Octets
	}
	if x.auth != nil {
		sa.AuthKey = x.auth.Octets
	}
	if c := x.current; c != nil {
		sa.Current = sadb.Usage{Octets: c.Bytes, Packets: uint64(c.Allocations), Added: timeOf(c.AddTime), FirstUse: timeOf(c.UseTime)}
	}
	x.readMode(sa)
	r.Beyond = x.beyond(sa)
	return r, nil
}

func timeOf(seconds uint64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// Name tells which SA a DELETE, GET or UPDATE is about. src may be the unspecified address: any source.
func Name(m *pfkey.Message) (id sadb.ID, src netip.Addr, err error) {
	x := extensionsOf(m)
	if err := x.needed(m); err != nil {
		return id, src, err
	}
	proto, _ := ProtocolOf(m.SAType)
	return sadb.ID{SPI: x.sa.SPI, Dst: x.dst.Value().Addr(), Proto: proto}, x.src.Value().Addr(), nil
}

// Merged gives a held SA with the limits that an UPDATE brings. The rest of a mature SA cannot change (RFC 2367 section
// 3.1.2): other algorithms or keys are refused, a replay window is passed over because every UPDATE has
// one.
func Merged(m *pfkey.Message, held Record) (Record, error) {
	x := extensionsOf(m)
	if x.sa.State != pfkey.Mature {
		return held, Invalid(pfkey.BadState)
	}
	if x.sa.Auth != 0 && x.sa.Auth != IntegrityNumber(held.SA.Integrity) || x.auth != nil && string(x.auth.Octets) != string(held.SA.AuthKey) {
		return held, Invalid(pfkey.AuthKeyNotNeeded)
	}
	if x.sa.Encrypt != 0 && x.sa.Encrypt != CipherNumber(held.SA.Cipher) || x.encrypt != nil && string(x.encrypt.Octets) != string(held.SA.CipherKey) {
		return held, Invalid(pfkey.EncryptKeyNotNeeded)
	}
	if x.changes(held) {
		return held, Invalid(pfkey.NoDiagnostic)
	}
	if x.hard == nil {
		x.hard = limitOf(held, pfkey.ExtLifetimeHard)
	}
	if x.soft == nil {
		x.soft = limitOf(held, pfkey.ExtLifetimeSoft)
	}
	if err := x.checkLimits(); err != nil {
		return held, err
	}
	var limits sadb.SA
	longer := x.beyond(&limits)
	held.SA.Soft, held.SA.Hard = limits.Soft, limits.Hard
	held.Beyond = held.Beyond.withLimits(longer)
	return held, nil
}

// changes reports whether identities or a proxy are told that are not those of the SA.
func (x *extensions) changes(held Record) bool {
	b := held.Beyond
	if b == nil {
		b = &Beyond{}
	}
	other := func(told, kept *pfkey.Identity) bool {
		return told != nil && (kept == nil || told.Type != kept.Type || told.Name != kept.Name)
	}
	var sa sadb.SA
	x.readMode(&sa)
	return other(x.srcIdentity, b.SrcIdentity) || other(x.dstIdentity, b.DstIdentity) ||
		x.proxy != nil && sa.Mode == sadb.Tunnel && (held.SA.Mode != sadb.Tunnel || sa.Selector.Src != held.SA.Selector.Src)
}

// limitOf is the limit as a message tells it; nil for none.
func limitOf(r Record, which pfkey.ExtensionType) *pfkey.Lifetime {
	parts := WithHard
	if which == pfkey.ExtLifetimeSoft {
		parts = WithSoft
	}
	for _, e := range r.Extensions(parts) {
		if l, ok := e.(*pfkey.Lifetime); ok {
			return l
		}
	}
	return nil
}

func (b *Beyond) withLimits(longer *Beyond) *Beyond {
	var n Beyond
	if b != nil {
		n = *b
	}
	n.Soft, n.Hard = nil, nil
	if longer != nil {
		n.Soft, n.Hard = longer.Soft, longer.Hard
	}
	if n == (Beyond{}) {
		return nil
	}
	return &n
}

// beyond puts limits into the SA and gives what does not fit.
func (x *extensions) beyond(sa *sadb.SA) *Beyond {
	b := Beyond{SrcIdentity: x.srcIdentity, DstIdentity: x.dstIdentity, Sensitivity: x.sensitivity, Private: x.private}
	if x.sa != nil {
		b.Flags = x.sa.Flags
	}
	if x.soft != nil && !limits(x.soft, &sa.Soft) {
		b.Soft = x.soft
	}
	if x.hard != nil && !limits(x.hard, &sa.Hard) {
		b.Hard = x.hard
	}
	if b == (Beyond{}) {
		return nil
	}
	return &b
}

// limits reads a lifetime; false: a time of it was longer than a time.Duration (292 years), and that stands for it.
func limits(l *pfkey.Lifetime, to *sadb.Limits) (exact bool) {
	const longest = math.MaxInt64 / uint64(time.Second)
	to.Octets, to.Packets = l.Bytes, uint64(l.Allocations)
	to.Add = time.Duration(min(l.AddTime, longest)) * time.Second
	to.Use = time.Duration(min(l.UseTime, longest)) * time.Second
	return l.AddTime <= longest && l.UseTime <= longest
}

// readAlgorithms checks algorithms and keys of a complete SA.
func (x *extensions) readAlgorithms(sa *sadb.SA) error {
	sa.Integrity = IntegrityOf(x.sa.Auth)
	if sa.Integrity == nil && (x.sa.Auth != 0 || sa.Proto == sadb.AH) {
		return Invalid(pfkey.BadAuthAlgorithm)
	}
	if sa.Proto == sadb.AH && x.sa.Encrypt != 0 {
		return Invalid(pfkey.EncryptionNotSupported)
	}
	if sa.Proto == sadb.ESP {
		sa.Cipher = alg.CipherByName("null")
		if x.sa.Encrypt != 0 {
			sa.Cipher = CipherOf(x.sa.Encrypt)
		}
		if sa.Cipher == nil {
			return Invalid(pfkey.BadEncryptAlgorithm)
		}
		if sa.Cipher.MaxBits == 0 && sa.Integrity == nil {
			return Invalid(pfkey.BadAuthAlgorithm)
		}
	}
	if err := x.readAuthKey(sa); err != nil {
		return err
	}
	return x.readEncryptKey(sa)
}

func (x *extensions) readAuthKey(sa *sadb.SA) error {
	switch {
	case sa.Integrity == nil && x.auth != nil:
		return Invalid(pfkey.AuthKeyNotNeeded)
	case sa.Integrity == nil:
		return nil
	case x.auth == nil:
		return Invalid(pfkey.MissingAuthKey)
	case sa.Integrity.CheckKeyBits(int(x.auth.Bits)) != nil:
		return Invalid(pfkey.BadAuthBits)
	}
	sa.AuthKey = x.auth.Octets
	return nil
}

func (x *extensions) readEncryptKey(sa *sadb.SA) error {
	c := sa.Cipher
	switch {
	case (c == nil || c.MaxBits == 0) && x.encrypt != nil:
		return Invalid(pfkey.EncryptKeyNotNeeded)
	case c == nil || c.MaxBits == 0:
		return nil
	case x.encrypt == nil:
		return Invalid(pfkey.MissingEncryptKey)
	case c.CheckKeyBits(int(x.encrypt.Bits)-8*c.Salt) != nil:
		return Invalid(pfkey.BadEncryptBits)
	case c.CheckKey(x.encrypt.Octets) != nil:
		return Invalid(pfkey.WeakEncryptKey)
	}
	sa.CipherKey = x.encrypt.Octets
	return nil
}

// readMode reads Linux's mode and ports, and the proxy. Linux tells a proxy of transport mode too.
func (x *extensions) readMode(sa *sadb.SA) {
	sa.Mode = sadb.Transport
	if x.proxy != nil {
		sa.Mode = sadb.Tunnel
	}
	if x.sa2 != nil {
		sa.ReqID = x.sa2.ReqID
		if x.sa2.Mode == uint8(sadb.Transport) || x.sa2.Mode == uint8(sadb.Tunnel) {
			sa.Mode = sadb.Mode(x.sa2.Mode)
		}
	}
	if x.proxy != nil && sa.Mode == sadb.Tunnel {
		sa.Selector.Src = proxyRange(x.proxy)
	}
	if x.natSport != nil && x.natDport != nil {
		sa.Encap = sadb.Encap{SrcPort: x.natSport.Port, DstPort: x.natDport.Port}
	}
}

// proxyRange: without a prefix length a proxy is one address, or any when it is unspecified.
func proxyRange(a *pfkey.Address) sadb.Range {
	addr := a.Value().Addr()
	switch {
	case a.PrefixLen == 0 && addr.IsUnspecified():
		return sadb.Range{}
	case a.PrefixLen == 0 || !addr.IsValid():
		return sadb.RangeOf(addr)
	}
	p, err := addr.Prefix(int(a.PrefixLen))
	if err != nil {
		return sadb.RangeOf(addr)
	}
	return sadb.RangeOfPrefix(p)
}

// checkLimits: a soft limit lies before the hard one.
func (x *extensions) checkLimits() error {
	s, h := x.soft, x.hard
	if s == nil || h == nil {
		return nil
	}
	over := func(soft, hard uint64) bool { return hard != 0 && soft > hard }
	switch {
	case over(uint64(s.Allocations), uint64(h.Allocations)):
		return Invalid(pfkey.SoftAllocationsOverHard)
	case over(s.Bytes, h.Bytes):
		return Invalid(pfkey.SoftBytesOverHard)
	case over(s.AddTime, h.AddTime):
		return Invalid(pfkey.SoftAddTimeOverHard)
	case over(s.UseTime, h.UseTime):
		return Invalid(pfkey.SoftUseTimeOverHard)
	}
	return nil
}
