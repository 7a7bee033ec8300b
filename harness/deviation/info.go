package deviation

import (
	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// informational are the lies of protected Informational messages; they act on the first one that is sent, which
// is mostly a Delete. An Informational is never answered, whatever is wrong with it.
var informational = []Deviation{
	{Name: "info-called-clear", Breaks: "IKE1-DEL-03", In: "INFO", Stage: Sealed, Octets: inClear,
		Check: ike1.CheckSyntax, Expect: ignored},
	{Name: "info-wrong-hash", Breaks: "IKE1-INF-03", In: "INFO", Stage: Hashed, Do: flippedHash,
		Check: ike1.CheckInfoHash, Expect: ignored},
	{Name: "info-no-hash", Breaks: "IKE1-INF-03", In: "INFO", Stage: Built, Do: without(isakmp.TypeHash),
		Check: ike1.CheckPayloadMissing, Expect: ignored},
	{Name: "info-message-id-0", Breaks: "IKE1-INF-06", In: "INFO", Stage: Sealed, Octets: number(atID, 0),
		Check: ike1.CheckMessageID, Expect: ignored},
	{Name: "info-with-nonce", Breaks: "IKE1-INF-07", In: "INFO", Stage: Built,
		Do:    with(func() isakmp.Payload { return &isakmp.Nonce{Data: make([]byte, 16)} }),
		Check: ike1.CheckPayloadUnexpected, Expect: ignored},
	{Name: "info-delete-doi", Breaks: "IKE1-DEL-08", In: "INFO", Stage: Built, Do: payload(func(p *isakmp.Delete) { p.DOI = 77 }),
		Check: ike1.CheckDeleteDOI, Expect: ignored},
	{Name: "info-delete-protocol", Breaks: "IKE1-DEL-08", In: "INFO", Stage: Built, Do: payload(func(p *isakmp.Delete) { p.Protocol = 99 }),
		Check: ike1.CheckDeleteProtocol, Expect: ignored},
	{Name: "info-delete-spi-size", Breaks: "IKE1-DEL-07", In: "INFO", Stage: Built, Do: payload(func(p *isakmp.Delete) {
		p.SPISize, p.SPIs = 8, [][]byte{make([]byte, 8)}
	}), Check: ike1.CheckDeleteSPI, Expect: ignored},
	{Name: "info-delete-unknown", Breaks: "IKE1-DEL-06", In: "INFO", Stage: Built, Do: payload(func(p *isakmp.Delete) {
		p.SPIs = [][]byte{make([]byte, p.SPISize)}
	}), Check: ike1.CheckDeleteOwner, Expect: ignored},
	{Name: "info-reserved-octet", Breaks: "IKE1-GPH-03", In: "INFO", Stage: Built, Do: reserved(1),
		Check: ike1.CheckReserved, Expect: ignored},
}
