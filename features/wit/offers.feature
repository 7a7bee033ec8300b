Feature: What the options offer

  The initiator sends one proposal, wholly determined by its options. It is read from the wire, with
  the keys that the harness computed.

  @PP-08 @PP-13 @PP-20 @PP-21
  Scenario: Case 2: no option: ESP DES with HMAC_MD5, transport, 28800 s, 32767 KB; ISAKMP DES and MD5, 86400 s
    Given two hosts
    And both run plutoplus with ""
    When alice initiates
    Then both sides succeed
    And alice offers in phase 1:
      | cipher        | DES-CBC        |
      | hash          | MD5            |
      | group         | 2              |
      | authenticated | pre-shared key |
      | seconds       | 86400          |
    And alice offers in phase 2:
      | protocol      | ESP       |
      | transform     | 2         |
      | authenticated | HMAC-MD5  |
      | mode          | Transport |
      | seconds       | 28800     |
      | kilobytes     | 32767     |

  @PP-08 @PP-11
  Scenario: Case 3: -a 3: AH with SHA
    Given two hosts
    And both run plutoplus with "-a 3"
    When alice initiates
    Then both sides succeed
    And alice offers in phase 2:
      | protocol      | AH        |
      | transform     | 3         |
      | authenticated | HMAC-SHA  |
      | mode          | Transport |
      | seconds       | 28800     |
      | kilobytes     | 32767     |

  @PP-08 @PP-11 @PP-12
  Scenario: Case 4: -a 2 -e 3: ESP 3DES with HMAC_MD5
    Given two hosts
    And both run plutoplus with "-a 2 -e 3"
    When alice initiates
    Then both sides succeed
    And alice offers in phase 2:
      | protocol      | ESP       |
      | transform     | 3         |
      | authenticated | HMAC-MD5  |
      | mode          | Transport |
      | seconds       | 28800     |
      | kilobytes     | 32767     |

  @PP-14
  Scenario: Case 5: -e 7: Blowfish with a key of 64 bits
    Given two hosts
    And both run plutoplus with "-e 7"
    When alice initiates
    Then both sides succeed
    And alice offers in phase 2:
      | protocol   | ESP       |
      | transform  | 7         |
      | mode       | Transport |
      | key length | 64        |
      | seconds    | 28800     |
      | kilobytes  | 32767     |

  @PP-14
  Scenario: Case 6: -e 4 -k 5: RC5 with a key of 40 bits
    Given two hosts
    And both run plutoplus with "-e 4 -k 5"
    When alice initiates
    Then both sides succeed
    And alice offers in phase 2:
      | protocol   | ESP       |
      | transform  | 4         |
      | mode       | Transport |
      | key length | 40        |
      | seconds    | 28800     |
      | kilobytes  | 32767     |

  @PP-20 @PP-21
  Scenario: Case 20: -l 600 -m 100 -o 900 appear in the attributes sent
    Given two hosts
    And both run plutoplus with "-l 600 -m 100 -o 900"
    When alice initiates
    Then both sides succeed
    And alice offers in phase 1:
      | cipher        | DES-CBC        |
      | hash          | MD5            |
      | group         | 2              |
      | authenticated | pre-shared key |
      | seconds       | 900            |
    And alice offers in phase 2:
      | protocol      | ESP       |
      | transform     | 2         |
      | authenticated | HMAC-MD5  |
      | mode          | Transport |
      | seconds       | 600       |
      | kilobytes     | 100       |
    And the SAs agree with the wire

  @PP-16 @PP-17 @IKE1-PFS-02 @positive @must
  Scenario: -f -t: the group stands in the transform, and the mode is tunnel
    Given two hosts
    And both run plutoplus with "-f -t -e 3 -a 3 --group 5"
    When bob initiates
    Then both sides succeed
    And bob offers in phase 2:
      | protocol      | ESP      |
      | transform     | 3        |
      | authenticated | HMAC-SHA |
      | mode          | Tunnel   |
      | group         | 5        |
      | seconds       | 28800    |
      | kilobytes     | 32767    |

  @PP-14 @IPS-CIPH-12 @IPS-CIPH-13 @crypto @must
  Scenario Outline: Key lengths: <options>
    Given two hosts
    And both run plutoplus with "<options>"
    When alice initiates
    Then both sides succeed
    And the SAs agree with the wire
    And traffic passes in the SAs only

    Examples: RC5
      | options            |
      | -e 4 -k 5 -a 2     |
      | -e 4 -k 16 -a 3 -t |
      | -e 4 -k 20         |

    Examples: Blowfish
      | options            |
      | -e 7 -k 5 -a 3     |
      | -e 7 -k 6 -t       |
      | -e 7 -k 16 -a 2 -t |
      | -e 7 -k 55         |
      | -e 7 -k 56 -a 3 -f |

  @PP-15
  Scenario Outline: -v 0: <options>: the IV is not sent but derived
    Given two hosts
    And both run plutoplus with "<options>"
    When alice initiates
    Then both sides succeed
    And the SAs agree with the wire
    And traffic passes in the SAs only

    Examples:
      | options           |
      | -e 2 -a 2 -v 0    |
      | -e 3 -a 3 -v 0 -t |
      | -e 5 -v 0         |
      | -e 7 -k 16 -v 0   |
      | -e 4 -v 0 -t      |
