package ike1

import (
	"ikewit/impl/conn"
	"ikewit/impl/wire/isakmp"
)

// A row says in which state a message may come and what becomes of it. X is the exchange: *phase1 or
// *quick.
//
// prove looks at the message and changes nothing but what it learns from it; an error refuses the message,
// and then the exchange stands as before. After it the IV is taken over, the state is that of the row, and
// goOn does what follows; its error ends the exchange.
type row[X any] struct {
	message   string // "" is the start of an exchange of ours
	section   string
	role      role
	from      state
	auth      conn.AuthMethod // 0: any
	needed    set             // each exactly once
	allowed   set
	encrypted cover
	prove     func(X, *message) error
	goOn      func(X) error
	to        state
}

// find gives the row of a state, or nil. A state has one row: it waits for one message.
func find[X any](rows []row[X], from state, auth conn.AuthMethod) *row[X] {
	for i := range rows {
		if r := &rows[i]; r.from == from && (r.auth == 0 || r.auth == auth) {
			return r
		}
	}
	return nil
}

// A role is the part that we play in an exchange.
type role uint8

// The roles of RFC 2408 section 2.1.
const (
	initiator role = iota + 1
	responder
)

// A state says what an exchange waits for, by what was done last.
type state string

// Every exchange begins idle; established and done are its ends.
const (
	idle        state = "idle"
	sentMI1     state = "MI1 sent"
	sentMI2     state = "MI2 sent"
	sentMI3     state = "MI3 sent"
	sentMR1     state = "MR1 sent"
	sentMR2     state = "MR2 sent"
	established state = "established"
	refused     state = "refused"

	sentAI1 state = "AI1 sent"
	sentAR1 state = "AR1 sent"

	sentQI1 state = "QI1 sent"
	sentQR1 state = "QR1 sent"
	done    state = "done"
)

// A cover says whether a message is encrypted.
type cover uint8

// A message is either sent so or so, and which it is; or both are taken.
const (
	inClear cover = iota
	encrypted
	either
)

// admits tells whether a message may come so.
func (c cover) admits(isEncrypted bool) bool { return c == either || isEncrypted == (c == encrypted) }

// A set of payload types.
type set uint32

// The payloads that rows speak of.
const (
	sa      set = 1 << isakmp.TypeSA
	ke      set = 1 << isakmp.TypeKE
	id      set = 1 << isakmp.TypeID
	cert    set = 1 << isakmp.TypeCert
	certreq set = 1 << isakmp.TypeCertRequest
	hash    set = 1 << isakmp.TypeHash
	sig     set = 1 << isakmp.TypeSignature
	nonce   set = 1 << isakmp.TypeNonce
	notify  set = 1 << isakmp.TypeNotify
	delete_ set = 1 << isakmp.TypeDelete
	vid     set = 1 << isakmp.TypeVendorID
	natd    set = 1 << isakmp.TypeNATD
	natoa   set = 1 << isakmp.TypeNATOA

	// once are the payloads of which a message never has two; a second ID stands in Quick Mode only.
	once = sa | ke | hash | sig | nonce
)

// setOf gives the set of one type; the numbers of drafts count as those of the RFC. Empty for types
// that no row speaks of.
func setOf(t isakmp.PayloadType) set {
	switch t {
	case isakmp.TypeNATDDraft, isakmp.TypeNATDBad:
		return natd
	case isakmp.TypeNATOADraft:
		return natoa
	}
	if t > isakmp.TypeNATOA {
		return 0
	}
	return 1 << t
}
