// Package xfrm keeps SAs and policies in the Linux kernel, through its XFRM netlink family.
//
// Messages are the structures of vishvananda/netlink's nl package, put together here: that library's
// own XfrmState knows no acquire, no replay window above 32 without 64-bit sequence numbers, no selector of
// an SA and no compression, and it prints keys. Nothing in this package hands a key to a formatter.
//
// One Driver serves one network namespace: the one in which New was called.
package xfrm
