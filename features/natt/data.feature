@netns @ikev1
Feature: NAT traversal: data through real NATs

  The NAT before alice gives every flow of UDP another port; that before bob lets in what comes to the ports of IKE. All
  of it is nftables in a namespace of its own.

  @EXT-NATT-11 @EXT-NATT-30 @EXT-UDPE-01 @positive @must
  Scenario Outline: Transport mode on the topology <topology>: <options>
    Given the topology "<topology>"
    And alice runs plutoplus as "--wit -d {bob} --natt on <options>"
    And bob runs plutoplus as "--wit -d {alice} --natt on <options>"
    When alice initiates
    Then both sides succeed
    And alice told the ends that it sees
    And bob told the ends that it sees
    And alice offers UDP-Encapsulated-Transport mode
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and bob
    And both sides exit with 0

    Examples:
      | topology | options      |
      | nat      | -e 3 -a 3    |
      | nat-bob  | -e 3 -a 3 -s |
      | nat-both | -e 11 -a 2   |

  @EXT-NATT-11 @behaviour @must
  Scenario: Without a NAT, by force
    Given the topology "pair"
    And alice runs plutoplus as "--wit -d {bob} --natt force -e 3 -a 3"
    And bob runs plutoplus as "--wit -d {alice} --natt on -e 3 -a 3"
    When alice initiates
    Then both sides succeed
    And the negotiation moved to port 4500
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and bob
    And both sides exit with 0

  @EXT-NATT-12 @EXT-NATT-15 @EXT-NATT-25 @EXT-UDPE-01 @EXT-UDPE-02 @positive @must
  Scenario Outline: Tunnel mode on the topology <topology>, between hosts behind the peers
    Given the topology "<topology>"
    And alice negotiates "natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    Then alice succeeds
    And bob succeeds
    And alice offers UDP-Encapsulated-Tunnel mode
    And the SAs agree with the wire
    And traffic passes in the SAs only between carol and dave
    And carol pings dave with 1300 to 1316 octets
    And dave talks to carol over TCP
    And alice sends ESP in UDP with the checksum that the IP version wants
    And bob sends ESP in UDP with the checksum that the IP version wants

    Examples:
      | topology |
      | nat      |
      | nat-bob  |
      | nat-both |

  @EXT-NATT-08 @EXT-NATT-11 @EXT-NATT-34 @EXT-UDPE-01 @EXT-UDPE-02 @crypto @must
  Scenario Outline: IPv6 through a NAT: <mode> mode
    Given the topology "nat6"
    And alice negotiates "natt on <mode-and-clients>"
    And bob negotiates "natt on <as-bob-has-them>"
    When alice initiates
    Then alice succeeds
    And bob succeeds
    And alice told the ends that it sees
    And bob told the ends that it sees
    And the negotiation moved to port 4500, alice behind its NAT
    And the SAs agree with the wire
    And traffic passes in the SAs only between <one> and <other>
    And <one> talks to <other> over TCP
    And alice sends ESP in UDP with the checksum that the IP version wants
    And bob sends ESP in UDP with the checksum that the IP version wants

    Examples:
      | mode      | mode-and-clients                              | as-bob-has-them                               | one   | other |
      | transport | mode transport                                | mode transport                                | alice | bob   |
      | tunnel    | local 2001:db8:1::/64 remote 2001:db8:2::/64  | local 2001:db8:2::/64 remote 2001:db8:1::/64  | carol | dave  |

  @EXT-UDPE-15 @EXT-NATT-30 @EXT-NATT-31 @positive @must
  Scenario Outline: Transport mode on the topology <topology>: TCP passes though the checksum of <hidden> covers addresses that the NAT changes
    Given the topology "<topology>"
    And alice runs plutoplus as "--wit -d {bob} --natt on -e 11 -a 3"
    And bob runs plutoplus as "--wit -d {alice} --natt on -e 11 -a 3"
    When alice initiates
    Then both sides succeed
    And alice talks to bob over TCP
    And bob talks to alice over TCP
    And <hidden>'s TCP segments have the checksum of other addresses than those outside
    And nothing crossed the wire in clear
    And the packets of both sides are in order

    Examples:
      | topology | hidden |
      | nat      | alice  |
      | nat-bob  | bob    |
      | nat-both | alice  |
      | nat-both | bob    |

  @EXT-UDPE-16 @negative @must
  Scenario: Tunnel mode: nobody mends the checksum of what is inside
    Given the topology "nat"
    And alice negotiates "esp null-sha1 natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "esp null-sha1 natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    And carol pings dave 1 time
    And a packet from alice to bob is forged: sequence number 20, inside a TCP segment to port 7, its checksum right
    Then 1 TCP segment came back by way of bob
    When a packet from alice to bob is forged: sequence number 22, inside a TCP segment to port 7, its checksum wrong
    Then the forgery crossed the wire
    And 1 TCP segment came back by way of bob

  @EXT-UDPE-14 @negative @must
  Scenario: Tunnel mode: what comes from inside another address than was negotiated is not passed on
    Given the topology "nat"
    And alice negotiates "esp null-sha1 natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "esp null-sha1 natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    And carol pings dave 1 time
    And a packet from alice to bob is forged: sequence number 20, inside from 10.1.0.77
    Then dave got 2 pings
    When a packet from alice to bob is forged: sequence number 22, inside from 10.77.0.1
    And a packet from alice to bob is forged: sequence number 24, inside from 10.2.0.77
    Then the forgery crossed the wire
    And dave got 2 pings

  @EXT-NATT-39 @behaviour @should
  Scenario: The NAT before alice forgets: bob follows ESP that is hers, and so does IKE
    Given the topology "nat"
    And alice negotiates "natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    And carol pings dave 1 time
    And the NAT before alice forgets
    And carol pings dave 3 times with 64 octets
    And bob negotiates phase 2 again
    Then bob has made 2 pairs
    And bob followed its peer 1 time
    And bob's last QI1 comes to another port of alice than bob's first QR1
    And traffic passes in the SAs only between carol and dave

  @EXT-UDPE-11 @EXT-UDPE-13 @behaviour @should
  Scenario: No keepalive as long as ESP keeps the mapping, and one when it does no more
    Given the topology "nat"
    And alice negotiates "natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    And alice keeps the mapping of a NAT alive every 800ms
    And bob keeps the mapping of a NAT alive every 800ms
    When alice initiates
    And carol pings dave for 2s
    Then alice kept its NAT's mapping alive 0 or 0 times
    And alice sends a keepalive soon
    And bob kept its NAT's mapping alive 0 or 0 times
    And bob told of no error

  @EXT-NATT-39 @behaviour @should
  Scenario Outline: The NAT before alice has another address: what <speaks> tells bob, and he makes SAs for where she is now
    Given the topology "nat"
    And alice negotiates "natt on local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "natt on local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    And carol pings dave 1 time
    And the NAT before alice moves
    And <does>
    Then bob has made 2 pairs
    And bob followed its peer 1 time
    And bob's last <message> comes to another address of alice than bob's first MR3
    And carol pings dave 3 times
    And bob told of no error

    Examples:
      | speaks | does                                     | message |
      | ESP    | carol pings dave 1 times with 64 octets  | QI1     |
      | IKE    | alice negotiates phase 2 again           | QR1     |
