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

  @IPS-ICV-09 @crypto @must
  Scenario Outline: 64-bit sequence numbers, window <window>: the half that is never sent is in the ICV
    Given two hosts
    And the harness puts policies into both: all between them is protected by "esp transport"
    And both kernels are given SAs with 64-bit sequence numbers, replay window <window>
    Then both kernels agree with the wire, replay window <window>
    And traffic passes in the SAs only
    And the packets of both sides are in order
    When packet 1 from alice to bob is sent again 2 times
    Then the copies crossed the wire
    And the kernel of bob counts XfrmInStateSeqError

    Examples:
      | window |
      | 32     |
      | 64     |
      | 1024   |

  @IPS-SEQ-15 @IPS-ICV-09 @crypto @must
  Scenario Outline: 64-bit sequence numbers go on beyond 32 bits, behind packet <last>
    Given two hosts
    And the harness puts policies into both: all between them is protected by "esp transport"
    And both kernels are given SAs with 64-bit sequence numbers, replay window 64
    And both kernels have sent and received <last> packets in these SAs
    Then traffic passes in the SAs only
    And the packets of both sides are in order
    And both kernels agree with the wire, replay window 64

    Examples:
      | last         |
      | 4294967292   |
      | 4294967295   |
      | 777389084669 |
