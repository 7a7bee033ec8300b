Feature: The ISAKMP SA that the options ask for

  @PP-24 @PP-25 @PP-31 @IKE1-MM-01 @IKE1-MM-02 @IKE1-MM-03 @IKE1-MM-04 @IKE1-KE-01 @IKE1-AUT-02 @positive @must
  @rfc2409/5.4
  Scenario Outline: Main Mode with <options>, <initiator> initiates
    Given two hosts
    And both run plutoplus with "<options>"
    When <initiator> initiates
    Then both sides succeed
    And the messages on the wire are "MI1 MR1 MI2 MR2 MI3 MR3 QI1 QR1 QI2"
    And the SAs agree with the wire
    And traffic passes in the SAs only
    And both sides exit with 0

    Examples: DES
      | options         | initiator |
      | --group 1       | alice     |
      | --group 1 -s    | bob       |
      | --group 2       | bob       |
      | --group 2 -s    | alice     |
      | --group 5       | alice     |
      | --group 5 -s -f | bob       |

    @IKE1-KEY-02
    Examples: 3DES
      | options            | initiator |
      | -3 --group 1       | bob       |
      | -3 --group 1 -s    | alice     |
      | -3 --group 2       | alice     |
      | -3 --group 2 -s    | bob       |
      | -3 --group 5       | bob       |
      | -3 --group 5 -s -f | alice     |

  @PP-31 @IKE1-HDR-01 @IKE1-HDR-02 @IKE1-HDR-03 @IKE1-HDR-04 @IKE1-HDR-05 @IKE1-HDR-06 @IKE1-HDR-07
  @IKE1-HDR-08 @IKE1-HDR-09 @IKE1-GPH-01 @IKE1-GPH-02 @IKE1-CKY-02 @IKE1-NON-01 @IKE1-PAD-01 @IKE1-PAD-02
  @IKE1-AUT-01 @IKE1-IVC-01 @IKE1-IVC-02 @IKE1-IVC-03 @IKE1-KEY-01 @IKE1-KEY-06 @positive @must
  @rfc2408/3.1
  Scenario: Every octet of an ordinary negotiation is in order
    Given two hosts
    And both run plutoplus with "-3 -s -e 3 -a 3"
    When alice initiates
    Then both sides succeed
    And the messages on the wire are "MI1 MR1 MI2 MR2 MI3 MR3 QI1 QR1 QI2"
    And every message is well formed
    And every hash on the wire is right
    And the SAs agree with the wire

  @PP-22
  Scenario Outline: IKE on UDP port <port>
    Given two hosts
    And both run plutoplus with "-p <port>"
    When alice initiates
    Then both sides succeed
    And all messages travel from UDP port <port> to UDP port <port>
    And traffic passes in the SAs only

    Examples:
      | port |
      | 500  |
      | 5500 |
