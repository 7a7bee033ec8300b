package pfsa

import (
	"fmt"
	"math"

	"ikewit/impl/sadb"
)

// Widest replay windows that fit a message, and that Linux takes of one.
const (
	WidestWindow      = math.MaxUint8
	WidestLinuxWindow = 32
)

// Expressible says if a PF_KEY message can tell all of an SA, keys not looked at; the error is an
// *sadb.UnsupportedError of that driver. widest is the widest replay window.
func Expressible(driver string, sa *sadb.SA, widest uint32) error {
	unsupported := func(format string, args ...any) error {
		return &sadb.UnsupportedError{Driver: driver, What: fmt.Sprintf(format, args...)}
	}
	inner := sadb.Selector{Src: sa.Selector.Src}
	_, prefix := sa.Selector.Src.Prefix()
	switch {
	case SAType(sa.Proto) == 0 || sa.Proto == sadb.IPComp:
		return unsupported("%v", sa.Proto)
	case sa.Cipher != nil && CipherOf(CipherNumber(sa.Cipher)) != sa.Cipher:
		return unsupported("cipher %s, which has no PF_KEY number", sa.Cipher)
	case sa.Integrity != nil && sa.Integrity.ICV > 0 && IntegrityOf(IntegrityNumber(sa.Integrity)) != sa.Integrity:
		return unsupported("integrity %s, which has no PF_KEY number", sa.Integrity)
	case sa.Integrity != nil && sa.Integrity.ICV == 0:
		return unsupported("integrity %s by its name", sa.Integrity)
	case sa.DerivedIV:
		return unsupported("a derived IV")
	case sa.ESN || sa.NoOverflow:
		return unsupported("extended or wrapping sequence numbers")
	case sa.ReplayWindow > widest:
		return unsupported("a replay window of %d packets (at most %d)", sa.ReplayWindow, widest)
	case sa.Selector != inner || !inner.Src.IsAny() && (sa.Mode != sadb.Tunnel || !prefix):
		return unsupported("a selector other than the source of a tunnel (%s)", sa.Selector)
	case sa.Soft.Packets > math.MaxUint32 || sa.Hard.Packets > math.MaxUint32:
		return unsupported("a limit of more than %d packets", uint32(math.MaxUint32))
	case sa.DF != sadb.DFCopy || sa.TFC != 0:
		return unsupported("a rule for the outer header")
	}
	return sa.CheckIV(driver)
}
