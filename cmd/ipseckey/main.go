// Command ipseckey keys IPsec by hand: it adds, changes, prints, saves and watches the security
// associations of the user-space stack or of the kernel. See docs/ipseckey.8.
package main

import "os"

func main() { os.Exit(run(os.Args[1:])) }
