# Replay windows that the 32 bits of the old XFRM structure do not hold, and 64-bit sequence numbers.
@kernel @netns
Feature: The kernels keep wide replay windows

  # The real packets go on behind the forged one: number 2 is in the last place of the window.
  @IPS-SEQ-03 @IPS-SEQ-05 @IPS-SEQ-17 @positive @must
  Scenario Outline: Window <window>, <protection>: what comes late is taken, up to the last place
    Given two hosts
    And we and the peer negotiate "<protection> mode transport window <window>"
    When alice initiates
    Then alice succeeds
    And bob succeeds
    And both kernels agree with the wire, replay window <window>
    When alice pings bob 1 time
    And a packet from alice to bob is forged: sequence number <latest>
    And a packet from alice to bob is forged: sequence number <late>
    Then the forgery crossed the wire
    And bob got 3 pings
    And both kernels agree with the wire, replay window <window>

    Examples:
      | protection      | window | latest | late |
      | esp aes128-sha1 | 32     | 33     | 10   |
      | esp aes128-sha1 | 64     | 65     | 10   |
      | esp 3des-md5    | 128    | 129    | 20   |
      | esp null-sha256 | 1024   | 1025   | 20   |
      | ah sha1         | 1024   | 1025   | 20   |
      | esp aes128-sha1 | 4096   | 4097   | 20   |

  @IPS-SEQ-01 @IPS-SEQ-17 @negative @must
  Scenario Outline: Window <window>: what was there already is counted and goes no further
    Given two hosts
    And we and the peer negotiate "esp aes128-sha1 mode transport window <window>"
    When alice initiates
    And alice pings bob 40 times with 64 octets
    And packet 2 from alice to bob is sent again 3 times
    And packet 40 from alice to bob is sent again 1 time
    Then the copies crossed the wire
    And bob got 40 pings
    And the kernel of bob counts XfrmInStateSeqError
    And bob counted 4 replayed packets

    Examples:
      | window |
      | 32     |
      | 64     |
      | 1024   |

  @IPS-SEQ-11 @behaviour @must-not
  Scenario: Without authentication nobody vouches for a number, and no kernel looks for replays
    Given two hosts
    And both run plutoplus with "-e 3"
    When alice initiates
    Then both sides succeed
    And both kernels agree with the wire, replay window 0
    When alice pings bob 2 times
    And packet 1 from alice to bob is sent again 2 times
    Then the copies crossed the wire
    And bob got 4 pings

  @IPS-ICV-09 @crypto @must
  Scenario Outline: 64-bit sequence numbers, <form>, window <window>: the half that is never sent is in the ICV
    Given two hosts
    And the harness puts policies into both: all between them is protected by "<protection>"
    And both kernels are given "<form>" SAs with 64-bit sequence numbers, replay window <window>
    Then both kernels agree with the wire, replay window <window>
    And traffic passes in the SAs only
    And the packets of both sides are in order
    When packet 1 from alice to bob is sent again 2 times
    Then the copies crossed the wire
    And the kernel of bob counts XfrmInStateSeqError

    Examples:
      | protection    | form           | window |
      | esp transport | esp aes-sha1   | 32     |
      | esp transport | esp aes-sha1   | 1024   |
      | esp transport | esp aes-gcm-16 | 64     |
      | ah transport  | ah sha256      | 128    |

  @IPS-SEQ-15 @IPS-ICV-09 @crypto @must
  Scenario Outline: 64-bit sequence numbers go on beyond 32 bits: <form>, behind packet <last>
    Given two hosts
    And the harness puts policies into both: all between them is protected by "<protection>"
    And both kernels are given "<form>" SAs with 64-bit sequence numbers, replay window 64
    And both kernels have sent and received <last> packets in these SAs
    Then traffic passes in the SAs only
    And the packets of both sides are in order
    And both kernels agree with the wire, replay window 64

    Examples:
      | protection    | form           | last         |
      | esp transport | esp aes-sha1   | 4294967292   |
      | esp transport | esp aes-gcm-16 | 4294967295   |
      | ah transport  | ah sha256      | 4294967293   |
      | esp transport | esp aes-sha1   | 777389084669 |

  # Nothing negotiates anew of its own accord: what is sent is refused, never in clear and never under a number that was there.
  @IPS-SEQ-09 @behaviour @must-not
  Scenario: 32-bit sequence numbers come to their end: nothing more is sent
    Given two hosts
    And we and the peer negotiate "esp aes128-sha1 mode transport window 64"
    When alice initiates
    And both kernels have sent and received 4294967292 packets in these SAs
    And alice pings bob 8 times with 64 octets
    Then alice got at least 1 answer and not all
    And bob got 3 pings
    And the kernel of alice counts XfrmOutStateSeqError
    And nothing crossed the wire in clear
