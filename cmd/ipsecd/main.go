// Command ipsecd is the user-space IPsec stack by itself: SAs, policies and the packets on a tunnel
// device, keyed over a PF_KEYv2 socket. See docs/ipsecd.8.
package main

import "os"

func main() { os.Exit(run(os.Args[1:])) }
