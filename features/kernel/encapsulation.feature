# ESP in UDP (RFC 3948) where a NAT is on the way: the kernel wraps and unwraps it, at the daemon's own port 4500.
@kernel @netns
Feature: The kernels carry ESP in UDP

  The NAT before alice gives every flow of UDP another port; that before bob lets in what comes to the ports of IKE.

  @EXT-NATT-11 @EXT-NATT-12 @EXT-NATT-30 @EXT-NATT-31 @EXT-UDPE-01 @EXT-UDPE-15 @positive @must
  Scenario Outline: Transport mode on the topology <topology>: <options>
    Given the topology "<topology>"
    And alice runs plutoplus as "--wit -d {bob} --natt on <options>"
    And bob runs plutoplus as "--wit -d {alice} --natt on <options>"
    When alice initiates
    Then both sides succeed
    And alice offers UDP-Encapsulated-Transport mode
    And both kernels agree with the wire, replay window 32
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and bob
    And alice talks to bob over TCP
    And bob talks to alice over TCP
    And both kernels agree with the wire, replay window 32
    And both sides exit with 0

    Examples:
      | topology | options      |
      | nat      | -e 3 -a 3    |
      | nat-bob  | -e 3 -a 3 -s |
      | nat-both | -e 11 -a 2   |

  @EXT-NATT-11 @EXT-NATT-12 @EXT-NATT-26 @EXT-UDPE-01 @positive @must
  Scenario Outline: Tunnel mode on the topology <topology>: <protection>
    Given the topology "<topology>"
    And alice negotiates "<protection> natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "<protection> natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    Then alice succeeds
    And bob succeeds
    And alice offers UDP-Encapsulated-Tunnel mode
    And both kernels agree with the wire, replay window 32
    And the SAs agree with the wire
    And traffic passes in the SAs only between carol and dave
    And carol pings dave with 1300 to 1316 octets
    And dave talks to carol over TCP
    And both kernels agree with the wire, replay window 32

    Examples:
      | topology | protection          |
      | nat      | esp aes128-sha1     |
      | nat-bob  | esp aes256-sha256   |
      | nat-both | esp aes-gcm-16:128  |

  @EXT-NATT-08 @EXT-NATT-11 @EXT-NATT-30 @ipv6 @positive @must
  Scenario Outline: <mode> mode over IPv6, behind a NAT
    Given the topology "nat6"
    And alice negotiates "esp aes128-sha1 natt on <mode-and-clients>"
    And bob negotiates "esp aes128-sha1 natt on <as-bob-has-them>"
    When alice initiates
    Then alice succeeds
    And bob succeeds
    And both kernels agree with the wire, replay window 32
    And the SAs agree with the wire
    And traffic passes in the SAs only between <one> and <other>
    And <one> talks to <other> over TCP
    And <other> talks to <one> over TCP
    And both kernels agree with the wire, replay window 32

    Examples:
      | mode      | mode-and-clients                              | as-bob-has-them                               | one   | other |
      | transport | mode transport                                | mode transport                                | alice | bob   |
      | tunnel    | local 2001:db8:1::/64 remote 2001:db8:2::/64  | local 2001:db8:2::/64 remote 2001:db8:1::/64  | carol | dave  |

  @EXT-UDPE-08 @EXT-UDPE-09 @EXT-UDPE-11 @positive @must
  Scenario: Keepalives leave by the socket that ESP in UDP uses, and go no further than bob's kernel
    Given the topology "nat"
    And alice negotiates "esp aes128-sha1 natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "esp aes128-sha1 natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    And alice keeps the mapping of a NAT alive every 300ms
    When alice initiates
    Then alice sends a keepalive soon
    And the kernel of bob never told "mapping in"
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only between carol and dave
    And bob told of no error

  @EXT-NATT-11 @EXT-NATT-25 @behaviour @must
  Scenario Outline: Without a NAT, by force: <mode> mode, <initiator> initiates
    Given the topology "pair"
    And alice runs plutoplus as "--wit -d {bob} --natt force <options>"
    And bob runs plutoplus as "--wit -d {alice} --natt on <options>"
    When <initiator> initiates
    Then both sides succeed
    And the negotiation moved to port 4500
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only
    And both sides exit with 0

    Examples:
      | mode      | initiator | options         |
      | transport | alice     | -e 3 -a 3       |
      | tunnel    | bob       | -e 7 -a 2 -t -f |

  @EXT-NATT-39 @EXT-NATT-14 @behaviour @should
  Scenario: The NAT before alice forgets: the kernel of bob tells, and the daemon follows
    Given the topology "nat"
    And alice negotiates "esp aes128-sha1 natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "esp aes128-sha1 natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    Then alice succeeds
    And bob succeeds
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only between carol and dave
    And the kernel of bob never told "mapping in"
    When the NAT before alice forgets
    And carol pings dave 3 times with 64 octets
    Then the kernel of bob tells "add SA in, add SA out, mapping in, update SA in, update SA out"
    And the kernel of alice never told "mapping in"
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only between carol and dave
    And dave talks to carol over TCP

  # RFC 3947 section 7 leaves open what becomes of the SAs: one does not change its destination, so there are new ones.
  @EXT-NATT-39 @behaviour @should
  Scenario: The NAT before alice has another address: the kernel of bob tells, and the daemon makes SAs for where she is now
    Given the topology "nat"
    And alice negotiates "esp aes128-sha1 natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "esp aes128-sha1 natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    And carol pings dave 1 time
    And the NAT before alice moves
    And carol pings dave 1 times with 64 octets
    Then the kernel of bob tells "add SA in, add SA out, mapping in, add SA in, add SA out"
    And bob has made 2 pairs
    And bob's last QI1 comes to another address of alice than bob's first MR3
    And carol pings dave 3 times
    And bob told of no error

  @EXT-NATT-40 @negative @must
  Scenario: Bob has a NAT before himself: he stays with the port that he knows
    Given the topology "nat-both"
    And alice negotiates "esp aes128-sha1 natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "esp aes128-sha1 natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    Then alice succeeds
    And bob succeeds
    And traffic passes in the SAs only between carol and dave
    When the NAT before alice forgets
    And carol pings dave 3 times with 64 octets
    Then the kernel of bob tells "mapping in"
    And the kernel of bob never told "update SA in"
    And the kernel of bob never told "update SA out"

  @EXT-NATT-41 @EXT-UDPE-09 @negative @must
  Scenario: What is not proved to be alice's moves nothing, and a keepalive goes no further than the kernel
    Given the topology "pair"
    And alice negotiates "esp null-sha1 natt force mode transport"
    And bob negotiates "esp null-sha1 natt on mode transport"
    When alice initiates
    And alice pings bob 1 time
    And a packet from alice to bob is forged: sequence number 20, from port 7001, one bit of the ICV flipped
    And a keepalive of alice comes from port 4500 to port 4500
    And a keepalive of alice comes from port 7001 to port 4500
    Then the forgery crossed the wire
    And the kernel of bob counts XfrmInStateProtoError
    And bob counted 1 packet with a wrong ICV
    And the kernel of bob never told "mapping in"
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only
