package ike1

import "ikewit/impl/ike"

// The checks that are made of the datagram and its header. RFC 2408 sections 5.1 and 5.2.
const (
	CheckLength          ike.Check = "length"           // 2408 §5.1: Length is the datagram's
	CheckMajorVersion    ike.Check = "major-version"    // 2408 §3.1, §5.2(3)
	CheckMinorVersion    ike.Check = "minor-version"    // 2408 §3.1, §5.2(3)
	CheckInitiatorCookie ike.Check = "initiator-cookie" // 2408 §2.4, §5.2(1): not zero
	CheckResponderCookie ike.Check = "responder-cookie" // 2408 §2.4, §5.2(1): that of an SA we have
	CheckPeerKnown       ike.Check = "peer-known"       // ours: some connection is for this peer
	CheckPeerAddress     ike.Check = "peer-address"     // ours: an SA's messages come from where it is
	CheckFloated         ike.Check = "floated"          // 3947 §4: after the change of ports nothing comes to the old one
	CheckNextPayload     ike.Check = "next-payload"     // 2408 §5.2(2)
	CheckExchangeType    ike.Check = "exchange-type"    // 2408 §5.2(4)
	CheckFlags           ike.Check = "flags"            // 2408 §3.1, §5.2(5): those that are defined
	CheckEncrypted       ike.Check = "encrypted"        // 2409 §3.2, §5: encrypted from MI3 on, not before
	CheckMessageID       ike.Check = "message-id"       // 2408 §3.1, §5.2(6): zero in phase 1 only
	CheckReplay          ike.Check = "replay"           // 2408 §1.7.3: no message ID serves twice
)

// The checks that are made of every message. RFC 2408 section 5.3.
const (
	CheckBlocks            ike.Check = "cipher-blocks"      // 2409 App.B: ciphertext is whole blocks
	CheckSyntax            ike.Check = "syntax"             // 2408 §3.2, §5.3: payloads can be read; cannot be skipped
	CheckTail              ike.Check = "tail"               // 2408 §3.6: what follows a clear message is alignment
	CheckReserved          ike.Check = "reserved-zero"      // 2408 §2.5.2, §5.3(2)
	CheckPayloadType       ike.Check = "payload-type"       // 2408 §5.3(1)
	CheckPayloadMissing    ike.Check = "payload-missing"    // 2409 §5
	CheckPayloadUnexpected ike.Check = "payload-unexpected" // 2409 §5
	CheckPayloadTwice      ike.Check = "payload-twice"      // 2409 §5
	CheckPayloadOrder      ike.Check = "payload-order"      // 2409 §5, §5.5: SA first, or HASH and then SA
	CheckState             ike.Check = "state"              // 2409 §5: the exchange waits for a message like this
	CheckEstablished       ike.Check = "established"        // 2409 §4: phase 2 comes after phase 1
)

// The checks that are made of an SA payload. RFC 2408 sections 5.4 to 5.6, RFC 2407 section 4.
const (
	CheckDOI            ike.Check = "doi"             // 2408 §5.4(1)
	CheckSituation      ike.Check = "situation"       // 2407 §4.2
	CheckOneProposal    ike.Check = "one-proposal"    // 2409 §5: phase 1 has one
	CheckProposalOrder  ike.Check = "proposal-order"  // 2408 §4.2: numbers rise, equal ones are adjacent
	CheckTransformOrder ike.Check = "transform-order" // 2408 §4.2: numbers differ
	CheckProtocol       ike.Check = "protocol-id"     // 2408 §5.5(1)
	CheckSPISize        ike.Check = "spi-size"        // 2408 §3.5, §5.5(2)
	CheckSPIValue       ike.Check = "spi-value"       // 2406 §2.1: 256 and up
	CheckAttributes     ike.Check = "attributes"      // 2407 §4.5, 2409 App.A: known, whole, no contradiction
	CheckAcceptable     ike.Check = "acceptable"      // 2408 §5.4(3): what policy takes
	CheckReturnedSA     ike.Check = "returned-sa"     // 2409 §5: the answer is what was offered
	CheckPFSGroup       ike.Check = "pfs-group"       // 2409 §5.5: one group, in every transform
	CheckPFSKE          ike.Check = "pfs-ke"          // 2409 §5.5: KE and group together or not at all
)

// The checks that are made of keys, nonces, identities and HASHes. RFC 2409 section 5.
const (
	CheckKELength        ike.Check = "ke-length"        // 2409 §5: that of the group
	CheckKEValue         ike.Check = "ke-value"         // 2412 §2.3.1.1: 2 to p-2
	CheckNonceLength     ike.Check = "nonce-length"     // 2409 §5: 8 to 256 octets
	CheckWeakKey         ike.Check = "weak-key"         // 2405 §3, 2451 §2.3
	CheckIDPort          ike.Check = "id-port"          // 2407 §4.6.2: 0/0 or 17/500
	CheckIDForm          ike.Check = "id-form"          // 2407 §4.6.2: data as the type says
	CheckIDPolicy        ike.Check = "id-policy"        // 2408 §5.8(1): an identity that policy admits
	CheckHashI           ike.Check = "hash-i"           // 2409 §5
	CheckHashR           ike.Check = "hash-r"           // 2409 §5
	CheckHash1           ike.Check = "hash1"            // 2409 §5.5
	CheckHash2           ike.Check = "hash2"            // 2409 §5.5
	CheckHash3           ike.Check = "hash3"            // 2409 §5.5
	CheckClientCount     ike.Check = "client-count"     // 2409 §5.5: both or none
	CheckClientForm      ike.Check = "client-form"      // 2407 §4.6.2
	CheckClientPolicy    ike.Check = "client-policy"    // 2409 §5.5: clients that policy admits
	CheckClientTransport ike.Check = "client-transport" // 2401 §4.1: transport mode is for two hosts
	CheckClientTaken     ike.Check = "client-taken"     // 3948 §5.1, §5.2: no other peer behind a NAT has this traffic
	CheckNATOA           ike.Check = "nat-oa"           // 3947 §5.2: an address, and nothing but it
	CheckReturnedClient  ike.Check = "returned-client"  // 2409 §5.5: the answer repeats the clients
)

// The checks that are made of an Informational exchange. RFC 2409 section 5.7, RFC 2408 sections 5.14, 5.15,
// RFC 3706.
const (
	CheckInfoHash       ike.Check = "info-hash"       // 2409 §5.7
	CheckInfoContent    ike.Check = "info-content"    // 2409 §5.7: notifications and deletes only
	CheckNotifyDOI      ike.Check = "notify-doi"      // 2408 §5.14(2)
	CheckNotifyProtocol ike.Check = "notify-protocol" // 2408 §5.14(3)
	CheckNotifySPI      ike.Check = "notify-spi"      // 2408 §5.14(4)
	CheckLiveForm       ike.Check = "live-form"       // 3706 §5.3: for ISAKMP, a number of four octets
	CheckLiveNumber     ike.Check = "live-number"     // 3706 §6: of an answer, that of the question; of a question, a new one
	CheckDeleteClear    ike.Check = "delete-clear"    // 2408 §5.15: a Delete is protected
	CheckDeleteDOI      ike.Check = "delete-doi"      // 2408 §5.15(2)
	CheckDeleteProtocol ike.Check = "delete-protocol" // 2408 §5.15(3)
	CheckDeleteSPI      ike.Check = "delete-spi"      // 2408 §3.15: the size that the protocol has
	CheckDeleteOwner    ike.Check = "delete-owner"    // 2408 §5.15(4): an SA with this peer
)
