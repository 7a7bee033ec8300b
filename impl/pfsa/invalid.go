package pfsa

import (
	"errors"
	"fmt"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// Invalid refuses a request with EINVAL and a diagnostic.
type Invalid pfkey.Diagnostic

func (i Invalid) Error() string {
	return fmt.Sprintf("Diagnostic code %d: %s", uint16(i), pfkey.Diagnostic(i))
}

// Malformed gives the refusal for a message that pfkey.Parse did not take; ok is false when it was its length that was
// wrong, which is EMSGSIZE and no diagnostic (RFC 2367 section 2.1).
func Malformed(err error) (refusal Invalid, ok bool) {
	var at *pfkey.ParseError
	switch {
	case errors.Is(err, pfkey.ErrLength) || !errors.As(err, &at):
		return 0, false
	case errors.Is(err, pfkey.ErrDuplicate):
		return duplicates[at.Extension], true
	case errors.Is(err, pfkey.ErrExtension):
		if d, ok := malformed[at.Extension]; ok {
			return d, true
		}
		return Invalid(pfkey.BadExtensionLength), true
	}
	return Invalid(pfkey.NoDiagnostic), true
}

var duplicates = map[pfkey.ExtensionType]Invalid{
	pfkey.ExtAddressSrc: Invalid(pfkey.DuplicateSrc),
	pfkey.ExtAddressDst: Invalid(pfkey.DuplicateDst),
	pfkey.ExtSA:         Invalid(pfkey.DuplicateSA),
	pfkey.ExtKeyEncrypt: Invalid(pfkey.DuplicateEncryptKey),
	pfkey.ExtKeyAuth:    Invalid(pfkey.DuplicateAuthKey),
	pfkey.ExtSPIRange:   Invalid(pfkey.DuplicateRange),
}

var malformed = map[pfkey.ExtensionType]Invalid{
	pfkey.ExtAddressSrc: Invalid(pfkey.MalformedSrc),
	pfkey.ExtAddressDst: Invalid(pfkey.MalformedDst),
	pfkey.ExtSA:         Invalid(pfkey.MalformedSA),
	pfkey.ExtKeyEncrypt: Invalid(pfkey.MalformedEncryptKey),
	pfkey.ExtKeyAuth:    Invalid(pfkey.MalformedAuthKey),
	pfkey.ExtSPIRange:   Invalid(pfkey.MalformedRange),
}

// Lacking says which algorithm it is that a database lacks which refused an SA for one. Databases do not tell; the
// algorithms that all have are not suspected.
func Lacking(sa *sadb.SA) Invalid {
	common := sa.Integrity == nil || sa.Integrity.Name == "hmac-md5-96" || sa.Integrity.Name == "hmac-sha1-96"
	if sa.Proto == sadb.AH || !common {
		return Invalid(pfkey.BadAuthAlgorithm)
	}
	return Invalid(pfkey.BadEncryptAlgorithm)
}
