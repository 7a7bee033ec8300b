Feature: What the SAs let through and what they do not

  Packets that were on the wire are sent again, unchanged or with one bit changed. The receiver must
  drop them, count them, and go on serving the real ones.

  @PP-23 @IPS-SEQ-01 @negative @must
  Scenario Outline: A packet sent twice is delivered once: <options>
    Given two hosts
    And both run plutoplus with "<options>"
    When alice initiates
    And alice pings bob 3 times
    And packet 2 from alice to bob is sent again 5 times
    Then the copies crossed the wire
    And bob counted 5 replayed packets
    And bob got 3 pings
    And traffic passes in the SAs only

    Examples:
      | options      |
      | -e 3 -a 2    |
      | -e 3 -a 3 -t |
      | -e 11 -a 2   |
      | -a 2         |
      | -a 3 -t      |

  @PP-23 @IPS-SEQ-12 @IKE1-NTF-16 @behaviour @should
  Scenario: Case 19: -r: the inbound SA has window 0, the peer is told, and copies are delivered
    Given two hosts
    And both run plutoplus with "-e 3 -a 2 -r"
    When alice initiates
    And alice pings bob 3 times
    And packet 2 from alice to bob is sent again 5 times
    Then the copies crossed the wire
    And alice notifies REPLAY-STATUS under protection
    And the inbound SA of alice has replay window 0
    And the inbound SA of bob has replay window 0
    And bob counted 0 replayed packets
    And bob got 8 pings

  @PP-23
  Scenario: Without -r the replay window is 32 packets
    Given two hosts
    And both run plutoplus with "-e 3 -a 2"
    When alice initiates
    Then both sides succeed
    And the inbound SA of alice has replay window 32
    And the inbound SA of bob has replay window 32

  @IPS-SEQ-11 @behaviour @must-not
  Scenario: Without authentication no replay check is active
    Given two hosts
    And both run plutoplus with "-e 3"
    When alice initiates
    And alice pings bob 2 times
    And packet 2 from alice to bob is sent again 2 times
    Then the copies crossed the wire
    And bob got 4 pings

  @IPS-ESP-12 @IPS-SEQ-08 @negative @must
  Scenario Outline: One bit of the <part> is wrong: <options>
    Given two hosts
    And both run plutoplus with "<options>"
    When alice initiates
    And alice pings bob 2 times
    And a packet from alice to bob is forged: sequence number 20, one bit of the <part> flipped
    Then the forgery crossed the wire
    And bob counted 1 packet with a wrong ICV
    And bob got 2 pings
    And traffic passes in the SAs only

    Examples:
      | part       | options      |
      | ICV        | -e 3 -a 2    |
      | ICV        | -e 3 -a 3 -t |
      | ICV        | -e 11 -a 3   |
      | ICV        | -e 7 -a 2    |
      | ICV        | -a 2         |
      | ICV        | -a 3 -t      |
      | ciphertext | -e 3 -a 2    |
      | ciphertext | -e 11 -a 2   |
      | IV         | -e 3 -a 3    |
      | payload    | -a 3         |

  @IPS-ESP-13 @negative @must
  Scenario: A forged high sequence number does not move the window
    Given two hosts
    And both run plutoplus with "-e 3 -a 3"
    When alice initiates
    And alice pings bob 1 time
    And a packet from alice to bob is forged: sequence number 100000, one bit of the ICV flipped
    Then the forgery crossed the wire
    And bob counted 1 packet with a wrong ICV
    And traffic passes in the SAs only

  @IPS-ESP-11 @negative @must
  Scenario: A packet with an SPI that nobody knows
    Given two hosts
    And both run plutoplus with "-e 3 -a 3"
    When alice initiates
    And alice pings bob 1 time
    And a packet from alice to bob is forged: SPI 0000c0de
    Then the forgery crossed the wire
    And bob got 1 ping
    And traffic passes in the SAs only

  @IPS-SEL-02 @negative @must
  Scenario Outline: Clear text where a policy says protect is dropped: <options>
    Given two hosts
    And both run plutoplus with "<options>"
    When alice initiates
    And alice pings bob 1 time
    And a clear ping from alice to bob is put on the wire
    Then the forgery crossed the wire
    And bob got 1 ping
    And traffic passes in the SAs only

    Examples:
      | options      |
      | -e 3 -a 2    |
      | -e 3 -a 2 -t |
      | -a 3         |

  @IPS-CIPH-03 @IKE1-ALG-13 @crypto @must-not
  Scenario Outline: IVs are no constant and no counter: <options>
    Given two hosts
    And both run plutoplus with "<options>"
    When alice initiates
    And alice pings bob 20 times
    Then the IVs of alice are no constant and no counter
    And the IVs of bob are no constant and no counter

    Examples:
      | options   |
      | -e 1      |
      | -e 2 -a 2 |
      | -e 3 -a 3 |
      | -e 4 -a 2 |
      | -e 5 -a 2 |
      | -e 7 -a 2 |

  @IPS-ESP-02 @IPS-ESP-05 @IPS-ESP-06 @IPS-ESP-18 @positive @must
  Scenario Outline: Every size of payload: <options>
    Given two hosts
    And both run plutoplus with "<options>"
    When alice initiates
    And alice pings bob with 0 to 32 octets
    Then bob got 33 pings
    And the packets of both sides are in order

    Examples:
      | options      |
      | -e 1         |
      | -e 2 -a 2    |
      | -e 3 -a 3 -t |
      | -e 11 -a 2   |
      | -e 4 -t      |
      | -a 2         |
      | -a 3 -t      |
