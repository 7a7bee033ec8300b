@sim @ikev1
Feature: Lies

  One side breaks one rule in one message, on purpose: a row of harness/deviation. The other must refuse it, tell what the
  rules let it tell, get no SA out of it, and negotiate with an honest party afterwards.

  @negative
  Scenario Outline: <lie> in <in> is refused
    Given alice and bob in the simulator
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And <victim> refused it as the rules ask
    And no SA is left
    When everybody is honest again
    And alice starts to negotiate
    Then both sides have an SA pair
    And the SAs agree with the wire

    @IKE1-HDR-11 @should
    Examples:
      | lie               | in  | liar  | victim |
      | mi1-major-version | MI1 | alice | bob    |

    @IKE1-HDR-12 @should
    Examples:
      | lie               | in  | liar  | victim |
      | mi1-minor-version | MI1 | alice | bob    |

    @IKE1-HDR-13 @must
    Examples:
      | lie               | in  | liar  | victim |
      | mi1-exchange-type | MI1 | alice | bob    |

    @IKE1-HDR-14 @must
    Examples:
      | lie       | in  | liar  | victim |
      | mi1-flags | MI1 | alice | bob    |

    @IKE1-HDR-15 @must
    Examples:
      | lie                  | in  | liar  | victim |
      | mi1-called-encrypted | MI1 | alice | bob    |

    @IKE1-HDR-18 @must
    Examples:
      | lie                      | in  | liar  | victim |
      | mi1-octets-beyond-length | MI1 | alice | bob    |

    @IKE1-HDR-19 @must
    Examples:
      | lie        | in  | liar  | victim |
      | mi1-length | MI1 | alice | bob    |

    @IKE1-HDR-21 @must
    Examples:
      | lie            | in  | liar  | victim |
      | mi1-message-id | MI1 | alice | bob    |

    @IKE1-HDR-23 @must
    Examples:
      | lie              | in  | liar  | victim |
      | mi1-next-payload | MI1 | alice | bob    |

    @IKE1-CKY-05 @must
    Examples:
      | lie           | in  | liar  | victim |
      | mi1-no-cookie | MI1 | alice | bob    |

    @IKE1-CKY-06 @must
    Examples:
      | lie                | in  | liar  | victim |
      | mi1-foreign-cookie | MI1 | alice | bob    |

    @IKE1-GPH-03 @must
    Examples:
      | lie                | in  | liar  | victim |
      | mi1-reserved-octet | MI1 | alice | bob    |
      | mi1-reserved2      | MI1 | alice | bob    |
      | qi1-reserved-octet | QI1 | alice | bob    |

    @IKE1-GPH-07 @must
    Examples:
      | lie             | in  | liar  | victim |
      | mi1-payload-100 | MI1 | alice | bob    |

    @IKE1-SAP-04 @must
    Examples:
      | lie     | in  | liar  | victim |
      | mi1-doi | MI1 | alice | bob    |
      | qi1-doi | QI1 | alice | bob    |

    @IKE1-SAP-06 @must
    Examples:
      | lie           | in  | liar  | victim |
      | mi1-situation | MI1 | alice | bob    |

    @IKE1-PRP-04 @must
    Examples:
      | lie             | in  | liar  | victim |
      | mi1-protocol-id | MI1 | alice | bob    |

    @IKE1-PRP-08 @must
    Examples:
      | lie                 | in  | liar  | victim |
      | mi1-transform-count | MI1 | alice | bob    |

    @IKE1-PRP-25 @must
    Examples:
      | lie          | in  | liar  | victim |
      | mi1-no-group | MI1 | alice | bob    |

    @IKE1-ATR-06 @must
    Examples:
      | lie             | in  | liar  | victim |
      | mi1-two-ciphers | MI1 | alice | bob    |

    @IKE1-LIF-07 @must
    Examples:
      | lie           | in  | liar  | victim |
      | mi1-life-type | MI1 | alice | bob    |

    @IKE1-PRP-18 @must
    Examples:
      | lie                  | in  | liar | victim |
      | mr1-hash-not-offered | MR1 | bob  | alice  |

    @IKE1-PRP-19 @must
    Examples:
      | lie                 | in  | liar | victim |
      | mr1-added-attribute | MR1 | bob  | alice  |

    @IKE1-PRP-22 @must
    Examples:
      | lie                | in  | liar | victim |
      | mr1-two-transforms | MR1 | bob  | alice  |

    @IKE1-KE-05 @must
    Examples:
      | lie                        | in  | liar  | victim |
      | mi2-public-value-too-short | MI2 | alice | bob    |
      | mi2-public-value-too-long  | MI2 | alice | bob    |

    @IKE1-KE-06 @should
    Examples:
      | lie                | in  | liar  | victim |
      | mi2-public-value-1 | MI2 | alice | bob    |

    @IKE1-KE-07 @must
    Examples:
      | lie                       | in  | liar  | victim |
      | mi2-public-value-0        | MI2 | alice | bob    |
      | mr2-public-value-0        | MR2 | bob   | alice  |
      | mr2-public-value-all-ones | MR2 | bob   | alice  |

    @IKE1-NON-03 @must
    Examples:
      | lie                     | in  | liar  | victim |
      | mi2-nonce-of-7-octets   | MI2 | alice | bob    |
      | qi1-nonce-of-7-octets   | QI1 | alice | bob    |
      | qi1-nonce-of-257-octets | QI1 | alice | bob    |

    @IKE1-GPH-13 @must
    Examples:
      | lie          | in  | liar  | victim |
      | mi2-no-nonce | MI2 | alice | bob    |
      | mi3-no-hash  | MI3 | alice | bob    |

    @IKE1-AUT-05 @must
    Examples:
      | lie            | in  | liar  | victim |
      | mi3-wrong-hash | MI3 | alice | bob    |
      | mi3-hash-cut   | MI3 | alice | bob    |
      | mr3-wrong-hash | MR3 | bob   | alice  |

    @IKE1-IDP-02 @must
    Examples:
      | lie               | in  | liar  | victim |
      | mi3-identity-port | MI3 | alice | bob    |

    @IKE1-IDP-07 @must
    Examples:
      | lie               | in  | liar  | victim |
      | mi3-identity-type | MI3 | alice | bob    |

    @IKE1-IDP-08 @must
    Examples:
      | lie                | in  | liar  | victim |
      | mi3-other-identity | MI3 | alice | bob    |

    @IKE1-HDR-17 @must
    Examples:
      | lie              | in  | liar  | victim |
      | mi3-called-clear | MI3 | alice | bob    |

    @IKE1-IDP-09 @must
    Examples:
      | lie                | in  | liar | victim |
      | mr3-other-identity | MR3 | bob  | alice  |

    @IKE1-QM-06 @must
    Examples:
      | lie            | in  | liar  | victim |
      | qi1-wrong-hash | QI1 | alice | bob    |

    @IKE1-QM-04 @must
    Examples:
      | lie                | in  | liar  | victim |
      | qi1-sa-before-hash | QI1 | alice | bob    |

    @IKE1-HDR-16 @must
    Examples:
      | lie              | in  | liar  | victim |
      | qi1-called-clear | QI1 | alice | bob    |

    @IKE1-QM-18 @must
    Examples:
      | lie             | in  | liar  | victim |
      | qi1-protocol-id | QI1 | alice | bob    |

    @IKE1-SPI-03 @must
    Examples:
      | lie         | in  | liar  | victim |
      | qi1-spi-0   | QI1 | alice | bob    |
      | qi1-spi-255 | QI1 | alice | bob    |

    @IKE1-SPI-04 @must
    Examples:
      | lie                 | in  | liar  | victim |
      | qi1-spi-of-8-octets | QI1 | alice | bob    |
      | qi1-spi-of-2-octets | QI1 | alice | bob    |

    @IKE1-ATR-14 @must
    Examples:
      | lie               | in  | liar  | victim |
      | qi1-two-lifetimes | QI1 | alice | bob    |

    @IKE1-ATR-17 @must
    Examples:
      | lie               | in  | liar  | victim |
      | qi1-attribute-100 | QI1 | alice | bob    |

    @IKE1-ATR-20 @must
    Examples:
      | lie       | in  | liar  | victim |
      | qi1-esn-2 | QI1 | alice | bob    |

    @IKE1-PFS-03 @must
    Examples:
      | lie                  | in  | liar  | victim |
      | qi1-ke-without-group | QI1 | alice | bob    |
      | qi1-group-without-ke | QI1 | alice | bob    |

    @IKE1-QID-07 @must
    Examples:
      | lie            | in  | liar  | victim |
      | qi1-one-client | QI1 | alice | bob    |

    @IKE1-QID-09 @must
    Examples:
      | lie            | in  | liar  | victim |
      | qi1-client-cut | QI1 | alice | bob    |

    @IKE1-QID-06 @should
    Examples:
      | lie              | in  | liar  | victim |
      | qi1-other-client | QI1 | alice | bob    |

    @IKE1-QM-07 @must
    Examples:
      | lie            | in  | liar | victim |
      | qr1-wrong-hash | QR1 | bob  | alice  |

    @IKE1-QPR-10 @must
    Examples:
      | lie             | in  | liar | victim |
      | qr1-other-mode  | QR1 | bob  | alice  |
      | qr1-longer-life | QR1 | bob  | alice  |

    @IKE1-QM-15 @must
    Examples:
      | lie          | in  | liar | victim |
      | qr1-no-nonce | QR1 | bob  | alice  |

    @IKE1-QID-10 @must
    Examples:
      | lie              | in  | liar | victim |
      | qr1-other-client | QR1 | bob  | alice  |

    @IKE1-QM-08 @must
    Examples:
      | lie            | in  | liar  | victim |
      | qi2-wrong-hash | QI2 | alice | bob    |

  @positive
  Scenario Outline: <lie> in <in> is put up with
    Given alice and bob in the simulator
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And the SAs agree with the wire

    @IKE1-VID-01 @must
    Examples:
      | lie                    | in  | liar  | victim |
      | mi1-unknown-vendor-ids | MI1 | alice | bob    |

    @IKE1-PAD-04 @must
    Examples:
      | lie         | in  | liar  | victim |
      | mi3-padding | MI3 | alice | bob    |

  @negative
  Scenario Outline: <lie> is ignored
    Given alice and bob in the simulator
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then both sides have an SA pair
    When alice ends everything
    Then the lie was told
    And <victim> refused it as the rules ask
    When everybody is honest again
    And alice starts to negotiate
    Then both sides have an SA pair

    @IKE1-DEL-03 @must
    Examples:
      | lie               | in   | liar  | victim |
      | info-called-clear | INFO | alice | bob    |

    @IKE1-INF-03 @must
    Examples:
      | lie             | in   | liar  | victim |
      | info-wrong-hash | INFO | alice | bob    |
      | info-no-hash    | INFO | alice | bob    |

    @IKE1-INF-06 @must
    Examples:
      | lie               | in   | liar  | victim |
      | info-message-id-0 | INFO | alice | bob    |

    @IKE1-INF-07 @must
    Examples:
      | lie             | in   | liar  | victim |
      | info-with-nonce | INFO | alice | bob    |

    @IKE1-DEL-08 @must
    Examples:
      | lie                  | in   | liar  | victim |
      | info-delete-doi      | INFO | alice | bob    |
      | info-delete-protocol | INFO | alice | bob    |

    @IKE1-DEL-07 @must
    Examples:
      | lie                  | in   | liar  | victim |
      | info-delete-spi-size | INFO | alice | bob    |

    @IKE1-DEL-06 @must
    Examples:
      | lie                 | in   | liar  | victim |
      | info-delete-unknown | INFO | alice | bob    |

    @IKE1-GPH-03 @must
    Examples:
      | lie                 | in   | liar  | victim |
      | info-reserved-octet | INFO | alice | bob    |
