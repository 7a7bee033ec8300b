// Package user is an SA database with a data plane in user space: sadb.Driver over a sadb.Table, a
// dataplane and a TUN device. It knows every algorithm that there is here, and needs nothing of the
// kernel but the device and raw sockets.
//
//	        Store (table, clock, events)
//	             │ Apply            ▲ limits reached, acquires
//	             ▼                  │
//	ipsec0 ─► Outbound ──────────► raw sockets ─► network
//	ipsec0 ◄── Inbound ◄────────── raw sockets ◄─ network
//
// This is where the goroutines are: one protects and one unprotects, each the only user of its half of
// the data plane but for changes of SAs and policies, which a lock lets in between two batches.
//
// What a policy wants protected never leaves in clear: it is routed into the device before the
// policy is in force here, and into a black hole behind it when the device is gone.
package user
