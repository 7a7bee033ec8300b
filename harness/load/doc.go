// Package load is a load generator: initiators by the thousand negotiate Main Mode and Quick Mode with one responder, over
// real UDP sockets between two network namespaces, and what that takes is measured on both sides.
//
//	alice                                               bob
//	  flight 1: an engine, an address, a cookie  --->   the responder, a process of its own:
//	  flight 2: ...                              --->   plutoplus (this program again), charon or pluto
//	  flight n: ...                              --->
//
// Every flight is an engine of its own, fresh and gone afterwards: to the responder they are different peers. One
// goroutine steps them all, reads and writes datagrams in batches, and does their arithmetic.
package load
