package deviation

import (
	"slices"

	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// Who lies about being alive, or asks wrongly: what is between the two of such a deviation.
const (
	asksWrongly    = "questions" // the liar asks after 30 s, the other answers
	answersWrongly = "answers"   // the other way round
)

// aliveness are the lies of dead peer detection. A question that is none is not answered; an answer that is none does not
// count, and who gets no other takes the liar for dead.
var aliveness = []Deviation{
	{Name: "info-question-other-cookies", Breaks: "EXT-DPD-11", Between: asksWrongly, In: "INFO", Stage: Built,
		Do: aliveBy(isakmp.RUThere, otherCookies), Check: ike1.CheckNotifySPI, Expect: ignored},
	{Name: "info-question-3-octets", Breaks: "EXT-DPD-15", Between: asksWrongly, In: "INFO", Stage: Built,
		Do: aliveBy(isakmp.RUThere, func(n *isakmp.Notify) { n.Data = n.Data[:3] }), Check: ike1.CheckLiveForm, Expect: ignored},
	{Name: "info-question-wrong-hash", Breaks: "EXT-DPD-15", Between: asksWrongly, In: "INFO", Stage: Hashed,
		Do: flippedHash, Check: ike1.CheckInfoHash, Expect: ignored},
	{Name: "info-question-same-number", Breaks: "EXT-DPD-14", Between: asksWrongly, In: "INFO", Stage: Built,
		Do: aliveBy(isakmp.RUThere, func(n *isakmp.Notify) { n.Data = []byte{0, 0, 0, 7} }), Check: ike1.CheckLiveNumber, Expect: ignored},
	{Name: "info-answer-other-number", Breaks: "EXT-DPD-10", Between: answersWrongly, In: "INFO", Stage: Built,
		Do: aliveBy(isakmp.RUThereAck, func(n *isakmp.Notify) {
			n.Data = slices.Clone(n.Data)
			n.Data[0] ^= 0x40
		}), Check: ike1.CheckLiveNumber, Expect: ignored},
	{Name: "info-answer-other-cookies", Breaks: "EXT-DPD-11", Between: answersWrongly, In: "INFO", Stage: Built,
		Do: aliveBy(isakmp.RUThereAck, otherCookies), Check: ike1.CheckNotifySPI, Expect: ignored},
	{Name: "info-answer-8-octets", Breaks: "EXT-DPD-15", Between: answersWrongly, In: "INFO", Stage: Built,
		Do: aliveBy(isakmp.RUThereAck, func(n *isakmp.Notify) { n.Data = append(slices.Clone(n.Data), n.Data...) }), Check: ike1.CheckLiveForm, Expect: ignored},
}

// aliveBy makes a change of a notification of a type.
func aliveBy(t isakmp.NotifyType, f func(n *isakmp.Notify)) func(*isakmp.Message) {
	return payload(func(n *isakmp.Notify) {
		if n.NotifyType == t {
			f(n)
		}
	})
}

func otherCookies(n *isakmp.Notify) { n.SPI = make([]byte, 16) }
