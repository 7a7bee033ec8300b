// Package ipseckey is a peer that negotiates with nobody: its SAs are put in by hand, by impl/ipseckey.
//
//	command file ──► impl/ipseckey ──► socket ──► impl/pfserver ──► user-space stack
//	                      └──────────── netlink ──────────────────► kernel (XFRM)
//
// Programs run in this process, in the namespace of their host. What protects traffic is policies, which ipseckey does
// not know: they are put in by the driver.
package ipseckey
