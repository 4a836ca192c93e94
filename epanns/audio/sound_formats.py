"""The formats that FFmpeg may read: those that hold sound, in the file itself.

Others are left out: lists that name files to be read in their place (HLS, ffconcat, SDP, DASH), a
script that makes endless sound (SBaGen), devices, pictures, subtitles, and video alone. A text that
is called x.wav may be any of them: FFmpeg goes by what it holds.
"""

CONTAINERS = """
    3dostr 4xm aa act aiff aix amr apac apc asf asf_o ast au avi avr avs bethsoftvid bfstm bink
    binka bmv brstm c93 caf cdxl dcstr derf dhav dsf dsicin dss dv dxa ea ea_cdata epaf film_cpk
    flv fsb fwse gdv genh gxf hca hcom hxvs iamf idcin iff ifv ilbc ipmovie ircam iss ivr jv kux
    kvag laf live_flv lmlm4 luodat lvf lxf matroska mca mgsts mm mmf mods moflex mov mpc mpc8 mpeg
    mpegts msf mtaf mtv musx mv mvi mxf mxg nistsphere nsp nsv nut nuv ogg oma paf pmp pp_bnk
    psxstr pva pvf qcp qoa r3d redspark rl2 rm roq rpl rsd rso scd sdns sdr2 sds sdx sga siff
    smjpeg smk smush sol sox spdif svag svs swf thp tiertexseq tmv ty usm vag vividas vivo vmd voc
    vpk vqf w64 wady wav wavarc wc3movie wsaud wsd wsvqa wtv wv wve xa xmd xmv xvag xwma yop
"""
# Coded sound as it is, or between a short header and the next.
STREAMS = """
    aac aax ac3 ac4 ace acm adp ads adx aea afc alp amrnb amrwb ape apm aptx aptx_hd argo_asf
    argo_brp argo_cvg bit boa bonk codec2 daud dfpwm dts dtshd eac3 flac g722 g723_1 g728 g729 gsm
    lc3 loas mlp mp3 osq rka s337m sbc shn sln tak truehd tta
"""
# Known by the ending of the name alone.
SAMPLES = "alaw f32be f32le f64be f64le mulaw s8 s16le u8 u16le vidc"

SOUND_FORMATS = ",".join(f"{CONTAINERS} {STREAMS} {SAMPLES}".split())
