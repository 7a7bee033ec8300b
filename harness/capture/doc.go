// Package capture is the judge: from captured frames to messages, from messages to conversations, and with a
// secret or two from conversations to every key, plaintext and SA, all computed from the wire alone.
//
//	frames ── pcapfile ──► Decode ──► Record ──► Conversations ──► Recover ──► Phase1, SAs
//	                         │ packet, isakmp, ipsec                 │ keys, crypt
//	                         └─► JSON lines, text                    └─► Wireshark tables, OpenESP, VerifyAH
//
// The judge is not the accused: nothing here or below imports the codec, the key derivation or the engine under test.
// A misreading of an RFC then shows as a disagreement.
//
// RFC 2407, RFC 2408, RFC 2409, RFC 3947, RFC 3948.
package capture
