// SPDX-License-Identifier: MIT
// A photo from a camera of this device, such as a dermatoscope on USB.
import { Aperture } from 'lucide-preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { analyse } from '../state';
import { Dialog } from './dialog';

type State = 'starting' | 'ready' | 'denied' | 'none';

const kJpegQuality = 0.95;
const kBestCamera = { width: { ideal: 1920 }, height: { ideal: 1440 }, facingMode: 'environment' };

function stop(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

async function capture(video: HTMLVideoElement): Promise<File | null> {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', kJpegQuality));
  const time = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-');
  return blob && new File([blob], `camera-${time}.jpg`, { type: 'image/jpeg' });
}

/** The chosen camera's picture in `video`, as long as this is on the page. */
function useCamera(video: { current: HTMLVideoElement | null }, chosen: string): [State, MediaDeviceInfo[]] {
  const [state, setState] = useState<State>('starting');
  const [cameras, setCameras] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let closed = false;
    const begin = async (): Promise<void> => {
      const constraints = chosen ? { ...kBestCamera, deviceId: { exact: chosen } } : kBestCamera;
      stream = await navigator.mediaDevices.getUserMedia({ video: constraints });
      const devices = await navigator.mediaDevices.enumerateDevices();
      if (closed || !video.current) {
        stop(stream);
        return;
      }
      video.current.srcObject = stream;
      setCameras(devices.filter((device) => device.kind === 'videoinput'));
      setState('ready');
    };
    begin().catch((error: unknown) => {
      setState(error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'none');
    });
    return () => {
      closed = true;
      stop(stream);
    };
  }, [chosen]);
  return [state, cameras];
}

export function CameraDialog({ onClose }: { onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [chosen, setChosen] = useState('');
  const [state, cameras] = useCamera(video, chosen);
  const take = async (): Promise<void> => {
    const photo = video.current && (await capture(video.current));
    onClose();
    if (photo) await analyse(photo);
  };

  return (
    <Dialog title={t('camera.title')} onClose={onClose}>
      <div class="camera">
        <video ref={video} autoPlay playsInline muted hidden={state !== 'ready'} />
        {state !== 'ready' && <p>{t(`camera.${state}`)}</p>}
      </div>
      {cameras.length > 1 && (
        <div class="field">
          <label for="camera">{t('camera.source')}</label>
          <select id="camera" value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {cameras.map((device) => (
              <option key={device.deviceId} value={device.deviceId}>
                {device.label}
              </option>
            ))}
          </select>
        </div>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {t('app.cancel')}
        </button>
        <button type="button" class="button primary" disabled={state !== 'ready'} onClick={() => void take()}>
          <Aperture aria-hidden="true" />
          {t('camera.take')}
        </button>
      </div>
    </Dialog>
  );
}
