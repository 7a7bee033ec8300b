// Package simnet is a network in memory: hosts, one-way links between them with faults put in on
// purpose, one clock and one seed.
//
//	 host "alice"                 links, one each way                host "bob"
//	┌────────────┐      ┌──────┐   ┌───────────┐   ┌────────┐      ┌────────────┐
//	│ Node       │─────►│ Lose │──►│ Duplicate │──►│ Wire   │─────►│ Node       │
//	│            │      └──────┘   └───────────┘   │ 10 ms  │      │            │
//	│            │      ┌────────┐                 └────────┘      │            │
//	│            │◄─────│ Wire   │◄────────────────────────────────│            │
//	└────────────┘      └────────┘                                 └────────────┘
//
// Nothing happens by itself and nothing waits: Step takes the next event in time, and events of the
// same time in the order in which they were made. The same seed, nodes and faults give the same run,
// on every machine.
//
// The package knows datagrams and nothing of what is in them.
package simnet
