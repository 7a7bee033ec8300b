// Package pfserver is a PF_KEYv2 key engine over any SA database: it speaks RFC 2367 to key managers and
// to tools such as ipseckey, over a UNIX socket or within the process.
//
//	client ──► Port ──► Server ──► sadb.Driver
//	       ◄── queue ◄──┤   ▲ ◄──── events: ACQUIRE, EXPIRE
//	other ports ◄───────┘   └────── Driver(): the same database for who shares the process
//
// Each client has a Port. What a request changes is told to every port, without keys; answers with keys go to
// who asked. A port that is not read loses what others do, never its own answers, and learns of it by
// ENOBUFS; nobody waits for it.
//
// Refusals carry Solaris's diagnostic number in the reserved field of the base header. Of Linux's
// extensions there are the policy messages, X_SA2 and the ports of UDP encapsulation.
package pfserver
